//! The reference system that a JSON object names.

use serde_json::{Map, Value};

use crate::attributes::clip;
use crate::members::is_blank;

/// Checks that the member `crs` of an object, if it has one, names WGS84 longitude and latitude.
/// GeoJSON before RFC 7946 could name another reference system; its numbers would be misread.
///
/// # Errors
/// When it names another system, or none that is known.
pub(crate) fn check_crs(object: &Map<String, Value>) -> Result<(), String> {
    object.get("crs").filter(|crs| !is_blank(crs)).map_or(Ok(()), check)
}

/// Whether a value names WGS84 longitude and latitude: by a name, by its number in EPSG's list, or as
/// GeoJSON before RFC 7946 did.
pub(crate) fn is_known(value: &Value) -> bool {
    let number = value.as_str().is_some_and(|text| text.trim() == "4326");
    number || value.as_u64() == Some(4326) || check(value).is_ok()
}

/// Checks that a value names WGS84 longitude and latitude.
///
/// # Errors
/// When it names another system, or none that is known.
pub(crate) fn check(crs: &Value) -> Result<(), String> {
    let properties = crs.get("properties");
    let name = properties.and_then(|p| p.get("name")).or(Some(crs)).and_then(Value::as_str);
    let code = properties.and_then(|p| p.get("code")).and_then(Value::as_u64);
    let by_code = crs.get("type").and_then(Value::as_str) == Some("EPSG");
    if name.is_some_and(is_wgs84) || (by_code && code == Some(4326)) {
        return Ok(());
    }
    Err(format!(
        "coordinate reference system {}: only WGS84 longitude and latitude (CRS84, EPSG:4326) are \
         read; convert the file (RFC 7946, section 4)",
        name.map_or("without a name".to_owned(), clip)
    ))
}

/// Whether a name is that of WGS84 longitude and latitude, as a URN, an address or in short: by its
/// authority and the whole of its code, between which a version may stand.
fn is_wgs84(name: &str) -> bool {
    const AROUND: [&str; 12] = [
        "",
        "urn",
        "ogc",
        "x-ogc",
        "def",
        "crs",
        "http",
        "https",
        "www.opengis.net",
        "opengis.net",
        "gml",
        "srs",
    ];
    let name = name.trim().to_ascii_lowercase();
    let parts: Vec<&str> = name.split([':', '/', '#']).collect();
    let Some((code, before)) = parts.split_last() else { return false };
    match *code {
        "wgs84" | "wgs 84" => before.is_empty(),
        "crs84" => before.iter().all(|part| AROUND.contains(part) || is_version(part)),
        "4326" => {
            let authority = before.iter().position(|part| matches!(*part, "epsg" | "epsg.xml"));
            authority.is_some_and(|at| {
                before[..at].iter().all(|part| AROUND.contains(part))
                    && before[at + 1..].iter().all(|part| part.is_empty() || is_version(part))
            })
        }
        _ => false,
    }
}

fn is_version(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wgs84_is_told_by_the_whole_of_its_name() {
        for name in [
            "CRS84",
            "OGC:CRS84",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "urn:ogc:def:crs:OGC::CRS84",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            "EPSG:4326",
            "epsg:4326",
            "urn:ogc:def:crs:EPSG::4326",
            "urn:ogc:def:crs:EPSG:6.18:3:4326",
            "urn:x-ogc:def:crs:EPSG:4326",
            "http://www.opengis.net/def/crs/EPSG/0/4326",
            "http://www.opengis.net/gml/srs/epsg.xml#4326",
            "WGS84",
        ] {
            assert!(is_wgs84(name), "{name}");
        }
        for name in [
            "",
            "4326",
            "EPSG:43261",
            "EPSG:14326",
            "EPSG:3857",
            "urn:ogc:def:crs:EPSG::4269",
            "urn:ogc:def:crs:EPSG::28992",
            "urn:ogc:def:crs,crs:EPSG::4326,crs:EPSG::5773",
            "not EPSG:4326",
            "EPSG:4326 shifted",
            "ESRI:4326",
            "EPSG:28992:4326x",
            "urn:ogc:def:crs:OGC:1.3:CRS83",
            "urn:ogc:def:crs:EPSG:28992/4326/x",
        ] {
            assert!(!is_wgs84(name), "{name}");
        }
    }
}
