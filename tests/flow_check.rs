//! The checker as its users meet it: files in, findings out.

use hotline::ivr::check::{Environment, Locale, SourceFile, check, render};

fn read(path: &str) -> SourceFile {
    let bytes = std::fs::read(path).expect("the file is part of the project");
    SourceFile::new(path, &bytes)
}

#[test]
fn show() {
    for path in std::env::var("FLOWS").unwrap_or_default().split_whitespace() {
        let source = read(path);
        let checked = check(&source, &Environment::from_requires());
        let reports = [render::Report { source: &source, diagnostics: &checked.diagnostics }];
        println!("{}", render::text(&reports, Locale::EnUs));
    }
}
