//! The ring under loom: every interleaving of small models.
#![cfg(loom)]
