//! `bindgen FILE FOLDER`: binds the WebAssembly of the browser's code, and writes it into the folder together with the JavaScript that
//! loads it, as `wasm-bindgen --target web --no-typescript --out-name ostiary` does.

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [file, folder] = arguments.as_slice() else { bail!("usage: bindgen FILE FOLDER") };
    Bindgen::new()
        .input_path(file)
        .out_name("ostiary")
        .web(true)?
        .typescript(false)
        .generate(folder)
        .with_context(|| format!("binding {}", file.display()))
}
