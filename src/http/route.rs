//! What a route is: a path, who may come, and what answers.

use super::Front;
use super::answering;
use crate::domain::access::Permission;
use crate::ui::{
    answer::{Fault, Outcome, PageResult},
    form::Form,
    visit::Visit,
};
use axum::{
    extract::{RawPathParams, Request, State},
    http::Method,
    response::Response,
    routing::{MethodRouter, get},
};
use futures::future::BoxFuture;
use std::{fmt, sync::Arc};

/// Who may come to a route at all. What they may do there is decided again by the use case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever's active roles allow this.
    May(Permission),
}

pub(super) type PageFn = Arc<dyn Fn(Visit) -> BoxFuture<'static, PageResult> + Send + Sync>;
pub(super) type SubmitFn = Arc<dyn Fn(Visit, Form) -> BoxFuture<'static, Result<Outcome, Fault>> + Send + Sync>;
pub(super) type RawFn = Arc<dyn Fn(Visit) -> BoxFuture<'static, Result<Response, Fault>> + Send + Sync>;

/// What answers at a path.
#[derive(Clone)]
pub(super) enum Kind {
    /// A document, and the form that it sends to its own address.
    Page { page: PageFn, submit: Option<SubmitFn> },
    /// Something that is no document: a list as a file, a stream of events. It only reads.
    Raw(RawFn),
    /// Something that is no document, and is recorded: so it is asked for with a form. `page` is where the form stands.
    Made { made: RawFn, page: &'static str },
}

/// One route of the portal.
#[derive(Clone)]
pub struct Route {
    /// The path, `/roles/{id}` say.
    pub path: &'static str,
    /// Who may come.
    pub access: Access,
    pub(super) kind: Kind,
}

impl Route {
    /// A page.
    pub fn page<F, A>(path: &'static str, access: Access, page: F) -> Self
    where
        F: Fn(Visit) -> A + Send + Sync + 'static,
        A: Future<Output = PageResult> + Send + 'static,
    {
        let page: PageFn = Arc::new(move |visit| Box::pin(page(visit)));
        Self { path, access, kind: Kind::Page { page, submit: None } }
    }

    /// The same page with the form it sends to itself.
    #[must_use]
    pub fn submit<F, A>(mut self, submit: F) -> Self
    where
        F: Fn(Visit, Form) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Outcome, Fault>> + Send + 'static,
    {
        if let Kind::Page { submit: slot, .. } = &mut self.kind {
            *slot = Some(Arc::new(move |visit, form| Box::pin(submit(visit, form))));
        }
        self
    }

    /// Something that is no document and only reads.
    pub fn raw<F, A>(path: &'static str, access: Access, answer: F) -> Self
    where
        F: Fn(Visit) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Response, Fault>> + Send + 'static,
    {
        let answer: RawFn = Arc::new(move |visit| Box::pin(answer(visit)));
        Self { path, access, kind: Kind::Raw(answer) }
    }

    /// Something that is no document, and is recorded when it is made. Only a form asks for it; who comes by its address is sent to
    /// the page of the form, with the same query.
    pub fn made<F, A>(path: &'static str, page: &'static str, access: Access, make: F) -> Self
    where
        F: Fn(Visit) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Response, Fault>> + Send + 'static,
    {
        let made: RawFn = Arc::new(move |visit| Box::pin(make(visit)));
        Self { path, access, kind: Kind::Made { made, page } }
    }

    /// The methods it answers.
    pub fn methods(&self) -> &'static [Method] {
        match &self.kind {
            Kind::Page { submit: Some(_), .. } | Kind::Made { .. } => &[Method::GET, Method::POST],
            Kind::Page { submit: None, .. } | Kind::Raw(_) => &[Method::GET],
        }
    }

    pub(super) fn into_method_router(self) -> MethodRouter<Arc<Front>> {
        let takes_forms = self.methods().contains(&Method::POST);
        let handler = move |State(front): State<Arc<Front>>, params: RawPathParams, request: Request| {
            let route = self.clone();
            async move { answering::answer(&front, &route, &params, request).await }
        };
        if takes_forms { get(handler.clone()).post(handler) } else { get(handler) }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Route")
            .field("path", &self.path)
            .field("access", &self.access)
            .field("methods", &self.methods())
            .finish_non_exhaustive()
    }
}
