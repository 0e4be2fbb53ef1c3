//! The provider's packages as Terraform's registry names them (Terraform documentation, "Provider Registry Protocol").

use super::budget::Budget;
use super::mirror::Package;
use super::trouble::Trouble;

/// What the registry says of the package of a platform, `linux_arm64`: its hash must be one of the signed release's.
///
/// # Errors
/// It has none or another, or could not be asked.
#[cfg(feature = "live")]
pub fn package(platform: &str, budget: Budget) -> Result<Package, Trouble> {
    live::package(platform, "https://registry.terraform.io", budget)
}

/// Says that nobody can be asked.
///
/// # Errors
/// Always.
#[cfg(not(feature = "live"))]
pub fn package(_platform: &str, budget: Budget) -> Result<Package, Trouble> {
    match super::oci::Registry::new(budget) {
        Ok(_) => unreachable!("there is none without `live`"),
        Err(trouble) => Err(trouble),
    }
}

#[cfg(feature = "live")]
mod live {
    use serde::Deserialize;
    use url::Url;

    use crate::catalog::aws::provider::pin;
    use crate::pin::budget::Budget;
    use crate::pin::http::{Answer, Http, Request};
    use crate::pin::mirror::{Package, parts};
    use crate::pin::trouble::{Kind, Trouble, printable};

    /// Longest answer.
    const MOST: u64 = 1 << 20;

    #[derive(Deserialize)]
    struct Services {
        #[serde(rename = "providers.v1")]
        providers: String,
    }

    #[derive(Deserialize)]
    struct Download {
        shasum: String,
    }

    pub(super) fn package(platform: &str, base: &str, budget: Budget) -> Result<Package, Trouble> {
        let pin = pin();
        let what = format!("{} {} for {platform}", pin.source, pin.version);
        let wrong = |why: &str| {
            Trouble::new(
                Kind::Wrong,
                &format!("{what}: {why}"),
                "nothing was pinned: check the platform, or find out who answers in the registry's place",
            )
        };
        let Some((os, architecture)) = parts(platform) else {
            return Err(wrong(
                "this is no platform: write os_architecture, linux_arm64",
            ));
        };
        let http = Http::new(budget);
        let base = Url::parse(base).map_err(|error| wrong(&error.to_string()))?;
        let host = base.host_str().unwrap_or("").to_owned();
        let ask = |url: &Url| -> Result<Answer, Trouble> {
            let request = Request {
                url,
                accept: &["application/json"],
                authorization: None,
                most: MOST,
            };
            let answer = http
                .get(request)
                .map_err(|fail| fail.trouble(&what, &host))?;
            match answer.status {
                200 => Ok(answer),
                404 => Err(wrong("the registry has no such package")),
                status => Err(wrong(&format!("the registry answers with status {status}"))),
            }
        };
        let join = |from: &Url, path: &str| {
            let joined = from.join(path).ok();
            joined
                .filter(|url| url.scheme() == "https" || url.origin() == base.origin())
                .ok_or_else(|| wrong("the registry names no https address"))
        };
        let services = ask(&join(&base, "/.well-known/terraform.json")?)?;
        let services: Services = serde_json::from_slice(&services.body)
            .map_err(|_| wrong("the registry names no place of providers"))?;
        let path = format!(
            "{}/{}/download/{os}/{architecture}",
            pin.source, pin.version
        );
        let url = join(&join(&base, &services.providers)?, &path)?;
        let download: Download = serde_json::from_slice(&ask(&url)?.body)
            .map_err(|_| wrong("the registry's answer has no hash"))?;
        let hash = format!("zh:{}", download.shasum);
        if pin.zh.contains(&hash) {
            return Ok(Package { hash, known: true });
        }
        Err(wrong(&format!(
            "the registry's hash {} is none of the release's",
            printable(&hash, 80)
        )))
    }

    #[cfg(test)]
    mod tests {
        use std::io::{BufRead as _, BufReader, Write as _};
        use std::net::TcpListener;
        use std::time::Duration;

        use super::*;

        /// Answers two requests: for the services and for a package.
        fn serve(answers: [(u16, String); 2]) -> String {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            std::thread::spawn(move || {
                for (status, body) in answers {
                    let (stream, _) = listener.accept().unwrap();
                    let mut reader = BufReader::new(stream);
                    let mut head = String::new();
                    while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
                    let length = body.len();
                    let text = format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                    );
                    reader.get_mut().write_all(text.as_bytes()).unwrap();
                }
            });
            base
        }

        fn asked(services: &str, status: u16, body: String) -> Result<Package, Trouble> {
            let base = serve([(200, services.to_owned()), (status, body)]);
            package("linux_arm64", &base, Budget::new(Duration::from_secs(20)))
        }

        #[test]
        fn only_hashes_of_the_release_are_taken() {
            let services = r#"{"providers.v1":"/v1/providers/"}"#;
            let known = pin().zh[0].trim_start_matches("zh:");
            let said = |shasum: &str| format!("{{\"shasum\":\"{shasum}\"}}");
            let found = asked(services, 200, said(known)).unwrap();
            assert_eq!(
                (found.hash.as_str(), found.known),
                (pin().zh[0].as_str(), true)
            );
            for (services, status, body, word) in [
                (
                    services,
                    200,
                    said(&"0a".repeat(32)),
                    "none of the release's",
                ),
                (services, 404, String::new(), "no such package"),
                (services, 200, "hello".to_owned(), "no hash"),
                (
                    r#"{"providers.v1":"http://192.0.2.1/"}"#,
                    200,
                    said(known),
                    "no https address",
                ),
                ("{}", 200, said(known), "no place of providers"),
            ] {
                let fault = asked(services, status, body).unwrap_err();
                assert_eq!(fault.kind, Kind::Wrong);
                assert!(fault.message.contains(word), "{fault:?}");
            }
            let fault = asked(services, 429, String::new()).unwrap_err();
            assert_eq!(fault.kind, Kind::Unanswered, "{fault:?}");
        }
    }
}
