//! `pacer`: the command line.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    pacer_tools::cli::main()
}
