//! The gateway: everything slow that the engine must not do, fed by its journal alone.
//!
//! ```text
//! journal directory ──▶ follower thread ──▶ events file (JSON lines)
//!                              │
//!                              └──▶ live view ◀── HTTP server (tokio, one thread)
//! ```
//! It never writes to the engine and knows nothing but the journal and the engine's own rules, so it may start before the engine, die and come back
//! at any moment: the events file goes on where it ended. It listens on a loopback address only, as it has neither
//! transport security nor authentication yet.
//!
//! Suggested reading order: [`settings`], [`events`], [`sink`], [`follow`], [`documents`], [`http`], [`app`].
#![forbid(unsafe_code)]

pub mod app;
pub mod documents;
pub mod events;
pub mod follow;
pub mod http;
mod plan;
pub mod settings;
pub mod sink;

pub use app::{Gateway, GatewayError};
pub use settings::Settings;
