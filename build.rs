//! Links the program to a fixed address on Linux.
//!
//! The time-zone database is tens of thousands of pointers, which a position-independent program must all write anew at
//! every start: a third of the time that a check of a small property takes. The program has no unsafe code of its own
//! that random addresses would have to protect.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
