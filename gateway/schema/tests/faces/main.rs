//! Both faces of the parameter tables: what they say, whether others can read it, and whether the checked-in files are it.
#![cfg(test)]

mod checked_in;
mod json;
mod ticket;
