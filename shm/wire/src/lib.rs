//! shm-wire
