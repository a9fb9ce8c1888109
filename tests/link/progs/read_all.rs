// SPDX-License-Identifier: MIT
// A Rust program with two bundles: finds them by symbol and by name, and lets the stub verify every file.
use std::ffi::{c_char, c_int, c_void, CString};

#[repr(C)]
struct Desc([u8; 32]);

extern "C" {
    static rcc_bundle_one: Desc;
    fn rcc_from_desc(desc: *const Desc) -> *const c_void;
    fn rcc_find_bundle(name: *const c_char) -> *const c_void;
    fn rcc_count(bundle: *const c_void) -> usize;
    fn rcc_verify(bundle: *const c_void) -> c_int;
}

fn main() {
    for name in ["one", "two"] {
        let c_name = CString::new(name).unwrap();
        unsafe {
            let bundle = rcc_find_bundle(c_name.as_ptr());
            assert!(!bundle.is_null(), "no bundle {}", name);
            assert!(name != "one" || bundle == rcc_from_desc(&rcc_bundle_one), "the symbol and the name differ");
            assert!(rcc_count(bundle) > 0 && rcc_verify(bundle) == 0, "{} is damaged", name);
        }
    }
    println!("ok");
}
