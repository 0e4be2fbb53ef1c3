//! Who is trusted to say who answers.

/// The system's roots, as the SDK uses for credentials too, so that a company's own authority works for both.
pub(crate) fn tls() -> ureq::tls::TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<ureq::tls::Certificate<'static>> = found
        .certs
        .iter()
        .map(|c| ureq::tls::Certificate::from_der(c.as_ref()).to_owned())
        .collect();
    let config = ureq::tls::TlsConfig::builder();
    if roots.is_empty() {
        return config.build();
    }
    config
        .root_certs(ureq::tls::RootCerts::new_with_certs(&roots))
        .build()
}
