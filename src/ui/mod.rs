//! What people see. `pages` are compiled for the server alone and may call `app`; `islands` are in both builds.
//!
//! Not allowed in here: rules (they are in `domain`), HTTP (it is in `http`), SQL, an inline style, a raw text area.
//!
//! # How to add a screen
//!
//! 1. A file in `pages` with `page`, and `submit` where it has a form.
//! 2. A line in `http::routes`, with who may come; a line in `chrome::PLACES` when it stands in the navigation.
//! 3. A journey in `end2end/tests`, which is walked with and without script, and ends with `expectAccessible`.
//!
//! ```ignore
//! //! Ending an activation early.
//!
//! /// Asks whether to switch the role off.
//! pub async fn page(visit: Visit) -> PageResult {
//!     let role = find_activation(&visit.app, visit.caller()?, visit.param("id")?, visit.now()).await?;
//!     let question = format!("Switch {} off?", role.name);
//!     let view = view! {
//!         <Confirm question=question action="Deactivate" back="/my-roles">
//!             <TextArea name="justification" label="Reason" optional=true maxlength=500/>
//!         </Confirm>
//!     };
//!     Ok(Content::new("Deactivate", view).under("Tasks").crumb("My roles", "/my-roles").with_summary_inside())
//! }
//!
//! /// Switches it off.
//! pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
//!     let reason = form.optional("justification")?;
//!     deactivate_role(&visit.app, visit.caller()?, visit.param("id")?, reason, visit.now()).await?;
//!     Ok(Outcome::go("/my-roles", Flash::good("The role is off.")))
//! }
//!
//! // In `http::routes`:
//! Route::page("/my-roles/{id}/deactivate", SignedIn, deactivate::page).submit(deactivate::submit),
//! ```
//!
//! What happens around it:
//!
//! - A form goes to the page's own address. When `submit` answers with a refusal, the same `page` is shown again with the
//!   refusal's status. The fields of `parts` find the form in the context by themselves: each keeps what was typed and
//!   says what was wrong with it; the error summary stands above and takes the focus. Passwords and codes are never sent
//!   back. A field's name is its id, and the `field()` of a refusal is that name.
//! - `form.one` is for what must be there, `form.optional` for what may be blank, `form.many` for ticks, `form.has` for the
//!   button that was pressed. A field that is missing or doubled is refused beside it without a line of yours.
//! - `Outcome::go` redirects to a path of ours with a sentence for the next page, `Outcome::show` answers with a document
//!   (secrets that are shown once). Success never re-renders: reloading repeats nothing.
//! - A page that needs a form of another page on its way (a verification, say) carries it with `HiddenFields`, and shows it
//!   again as it was typed with `visit.showing(FormState::carried(form))`.
//! - A list reads its state from `visit.query`; links keep the rest of it with `encoded_with` and `encoded_without`.
//! - Views may only be made while a page or a change is answered: the front door makes the reactive owner around them.
//! - An island takes plain serialisable values, renders the form or link that works without it, and asks the server
//!   through `calls`, which only read. In tests, `html[data-awake]` says that all islands of the page are awake.

#[cfg(feature = "ssr")]
pub mod answer;
pub mod calls;
#[cfg(feature = "ssr")]
pub mod chrome;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod form;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod markup;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod parts;
pub mod theme;
#[cfg(feature = "ssr")]
pub mod time;
#[cfg(feature = "ssr")]
pub mod visit;
