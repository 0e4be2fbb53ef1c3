//! Templates of handlers, each language with the encoder of its string literals.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
};
use serde_json::Value as Json;

use super::{Language, Part};
use crate::render::when_helper;

/// Path and text of a part: rendered where it is a template, otherwise as it is.
pub(super) fn part(
    language: Language,
    part: &Part,
    context: &Json,
) -> Result<(String, String), String> {
    match part.path.strip_suffix(".hbs") {
        Some(path) => {
            let text = render(language, part.text, context.clone());
            let text = text.map_err(|error| format!("{}: {error}", part.path))?;
            Ok((path.to_owned(), text))
        }
        None => Ok((part.path.to_owned(), part.text.to_owned())),
    }
}

/// Renders a template of a language: plain `{{value}}` is safe between double quotes, `{{id value}}`
/// is an identifier or an error, `{{kind value}}` a type made of identifiers or an error.
pub(super) fn render(language: Language, text: &str, context: Json) -> Result<String, String> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(match language {
        Language::Python => python,
        Language::Typescript => typescript,
        Language::Go => go,
        Language::Rust => rust,
    });
    registry.register_helper("when", Box::new(when_helper));
    registry.register_helper("id", Box::new(identifier));
    registry.register_helper("kind", Box::new(kind));
    registry
        .render_template_with_context(text, &Context::from(context))
        .map_err(|error| format!("template: {error}"))
}

/// What stands between double quotes: printable ASCII as it is, everything else by its number.
fn literal(text: &str, number: fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push_str(&number(c)),
        }
    }
    out
}

fn python(text: &str) -> String {
    literal(text, |c| format!("\\U{:08x}", u32::from(c)))
}

fn typescript(text: &str) -> String {
    literal(text, |c| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect()
    })
}

fn go(text: &str) -> String {
    python(text)
}

fn rust(text: &str) -> String {
    literal(text, |c| format!("\\u{{{:x}}}", u32::from(c)))
}

fn identifier(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    written(helper, out, "id takes an identifier", is_identifier)
}

fn kind(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    written(helper, out, "kind takes a type", |text| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_[]<>|,. ".contains(c))
    })
}

fn written(
    helper: &Helper<'_>,
    out: &mut dyn Output,
    otherwise: &'static str,
    fits: fn(&str) -> bool,
) -> HelperResult {
    let value = helper.param(0).and_then(|param| param.value().as_str());
    let value = value
        .filter(|text| fits(text))
        .ok_or(RenderErrorReason::InvalidParamType(otherwise))?;
    out.write(value)?;
    Ok(())
}

/// Whether a text is an identifier in each of the languages.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_stays_inside_its_quotes() {
        let text = "a\"b\\c\n${x}`\u{2028}\u{1f4a9}";
        for (language, expected) in [
            (
                Language::Python,
                r#""a\"b\\c\U0000000a${x}`\U00002028\U0001f4a9""#,
            ),
            (
                Language::Typescript,
                r#""a\"b\\c\u000a${x}`\u2028\ud83d\udca9""#,
            ),
            (
                Language::Go,
                r#""a\"b\\c\U0000000a${x}`\U00002028\U0001f4a9""#,
            ),
            (Language::Rust, r#""a\"b\\c\u{a}${x}`\u{2028}\u{1f4a9}""#),
        ] {
            let rendered = render(language, "\"{{v}}\"", json!({ "v": text }));
            assert_eq!(rendered.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_identifier_is_an_error() {
        for text in ["", "1a", "a-b", "a b", "a;b", "\u{e9}", "a.b"] {
            let rendered = render(Language::Python, "{{id v}}", json!({ "v": text }));
            assert!(rendered.is_err(), "{text:?}");
        }
        assert!(render(Language::Python, "{{id v}}", json!({})).is_err());
        assert!(render(Language::Python, "{{kind v}}", json!({ "v": "int;" })).is_err());
    }
}
