//! Dockerfiles: an encoder for each place that a value stands in.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
};

/// Text between double quotes: nothing of it ends the text, is a variable, or begins another line.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Adds the helpers.
pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.register_helper(
        "word",
        Box::new(
            |helper: &Helper<'_>,
             _: &Handlebars<'_>,
             _: &Context,
             _: &mut RenderContext<'_, '_>,
             out: &mut dyn Output| write(out, word(text(helper)?)?),
        ),
    );
    registry.register_helper(
        "json",
        Box::new(
            |helper: &Helper<'_>,
             _: &Handlebars<'_>,
             _: &Context,
             _: &mut RenderContext<'_, '_>,
             out: &mut dyn Output| {
                write(out, &serde_json::Value::from(text(helper)?).to_string())
            },
        ),
    );
    registry.register_helper(
        "shell",
        Box::new(
            |helper: &Helper<'_>,
             _: &Handlebars<'_>,
             _: &Context,
             _: &mut RenderContext<'_, '_>,
             out: &mut dyn Output| write(out, &shell(text(helper)?)?),
        ),
    );
}

fn write(out: &mut dyn Output, text: &str) -> HelperResult {
    Ok(out.write(text)?)
}

fn text<'h>(helper: &'h Helper<'_>) -> Result<&'h str, RenderErrorReason> {
    let value = helper.param(0).and_then(|param| param.value().as_str());
    value.ok_or(RenderErrorReason::InvalidParamType(
        "a text is wanted in a Dockerfile",
    ))
}

/// A word without quotes: an image, a platform, a file. There is no escape, so anything else is refused.
fn word(text: &str) -> Result<&str, RenderErrorReason> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with('-') {
        Ok(text)
    } else {
        Err(RenderErrorReason::Other(format!(
            "{text:?} is no word of a Dockerfile"
        )))
    }
}

/// A word of a shell command, on one line.
fn shell(text: &str) -> Result<String, RenderErrorReason> {
    if text.contains(char::is_control) {
        return Err(RenderErrorReason::Other(format!(
            "{text:?} is not one line"
        )));
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_stays_inside_its_quotes() {
        assert_eq!(
            escape("a\"b\\c${HOME} $x\nRUN id\r\u{85}"),
            "a\\\"b\\\\c\\${HOME} \\$x RUN id  "
        );
        // The quote that ends the text is not escaped by what stands before it.
        assert_eq!(escape("\\"), "\\\\");
    }

    #[test]
    fn words_are_plain_or_refused() {
        assert_eq!(
            word("gcr.io/x/y:1@sha256:0a").unwrap(),
            "gcr.io/x/y:1@sha256:0a"
        );
        for wrong in ["", "a b", "a\nRUN id", "$x", "a\\", "--x", "\"", "#", "é"] {
            assert!(word(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_shell_word_is_one() {
        assert_eq!(shell("it's $(id) `id`").unwrap(), r"'it'\''s $(id) `id`'");
        assert!(shell("a\nb").is_err());
    }
}
