//! The command line of keyplan; everything else is in the library.

fn main() -> std::process::ExitCode {
    keyplan::cli::main()
}
