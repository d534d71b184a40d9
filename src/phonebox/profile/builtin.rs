//! The profiles that come with the binary, so that it works alone.

/// File names and texts of `hardware/`, in order.
pub fn builtin_texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("hardware/", $name, ".yaml"), include_str!(concat!("../../../hardware/", $name, ".yaml")))),*]
    };
}

const TEXTS: &[(&str, &str)] = texts![
    "at-ring-inline",
    "at-uk-block",
    "at-vcid-eu",
    "at-vcid-formatted",
    "at-vcid-hex",
    "at-voice-dle",
    "at-zyxel",
    "cn-ring-cid-hook",
    "cn-serial-dialer",
    "comdial-cid",
    "dtmf-ascii-cn",
    "dtmf-ascii",
    "hid-tp",
    "netcallerid",
    "tci-70",
    "weeder",
    "whozz-deluxe",
    "whozz-ethernet",
    "xdmf-raw-1200",
    "yes-identifier",
];
