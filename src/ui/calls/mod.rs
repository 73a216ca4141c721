//! What islands ask the server. Each is a public address under `/call`; it only reads, and the use case behind it decides who may.

mod bell;
mod preview_approvers;
mod search_principals;

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

pub use bell::{Bell, BellNews, bell};
pub use preview_approvers::{PreviewApprovers, preview_approvers};
pub use search_principals::{SearchPrincipals, search_principals};

/// Why a call was not answered. Codes only: the island has its own words, and nothing of ours leaks through here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
    /// Nobody is signed in any more.
    #[error("signed out")]
    SignedOut,
    /// A rule said no.
    #[error("refused")]
    Refused,
    /// The call did not come as the island sends it.
    #[error("unreadable")]
    Unreadable,
    /// Something went wrong on the way or on our side.
    #[error("failed")]
    Failed,
}

impl FromServerFnError for CallError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Unreadable
            }
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Response(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::Failed,
        }
    }
}

#[cfg(feature = "ssr")]
mod asking {
    use super::CallError;
    use crate::app::{App, AppError, Caller};
    use leptos::prelude::use_context;

    /// What the front door gives every call: the use cases, and who asks.
    #[derive(Clone)]
    pub struct Asking {
        /// The use cases.
        pub app: App,
        /// Who is signed in, if anybody.
        pub caller: Option<Caller>,
    }

    /// The app and the person who asks.
    pub fn asked() -> Result<(App, Caller), CallError> {
        let asking = use_context::<Asking>().ok_or(CallError::Failed)?;
        Ok((asking.app, asking.caller.ok_or(CallError::SignedOut)?))
    }

    impl From<AppError> for CallError {
        fn from(error: AppError) -> Self {
            match error {
                AppError::Refused(_) => Self::Refused,
                AppError::SignedOut => Self::SignedOut,
                AppError::Store(_)
                | AppError::Seal(_)
                | AppError::Hash(_)
                | AppError::Mail(_)
                | AppError::Io(_)
                | AppError::AuditTampered(_)
                | AppError::Broken(_) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a call could not be answered");
                    Self::Failed
                }
            }
        }
    }
}

#[cfg(feature = "ssr")]
pub use asking::{Asking, asked};
