use super::*;

#[test]
fn networks_are_checked() {
    for good in ["127.0.0.0/8", "10.1.2.3", "::1/128", "2001:db8::/32", "0.0.0.0/0", "::/0", "192.0.2.7/32"] {
        assert_eq!(check_network(good), Ok(()), "{good}");
    }
    for bad in
        ["", "10.0.0.0/33", "10.0.0.1/8", "::1/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "host/8", "2001:db8::1/32"]
    {
        assert!(check_network(bad).is_err(), "{bad}");
    }
}
