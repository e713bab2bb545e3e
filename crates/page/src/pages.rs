//! The page that was built into the program.

mod built {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// What stands there where no page was built in.
const NONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>deconflict</title>\
    <p>This program was built without its page: run <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>, \
    and build it again. The desk works all the same: <code>deconflict inbox</code> shows what waits.</p></html>";

/// A file of the page: its media type, what is in it, and whether it never changes under its name. `None`: there is none.
pub(crate) fn page(path: &str) -> Option<(&'static str, &'static [u8], bool)> {
    let path = if path == "/" { "/index.html" } else { path };
    if built::FILES.is_empty() && path == "/index.html" {
        return Some(("text/html; charset=utf-8", NONE.as_bytes(), false));
    }
    let found = built::FILES.binary_search_by(|(name, _)| name.cmp(&path)).ok()?;
    let (name, bytes) = built::FILES.get(found)?;
    let kind = match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "ico" => "image/x-icon",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    // Vite names what it builds after what is in it.
    Some((kind, bytes, name.starts_with("/assets/")))
}
