//! shm-journal
