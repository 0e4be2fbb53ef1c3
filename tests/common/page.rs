//! Markdown as a renderer sees it: what is markup in it, what is text.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a rendered comment consists of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// HTML tags and comments, as they are.
    pub(crate) html: Vec<String>,
    /// Cells of each row of every table, as text.
    pub(crate) rows: Vec<Vec<String>>,
    /// Headings.
    pub(crate) headings: Vec<String>,
    /// Lines of code blocks.
    pub(crate) code: Vec<String>,
    /// Languages of code blocks.
    pub(crate) fences: Vec<String>,
    /// Links, images, footnotes and whatever else nobody asked for.
    pub(crate) others: Vec<String>,
}

/// Renders it.
pub(crate) fn page(markdown: &str) -> Page {
    let mut page = Page::default();
    let (mut heading, mut cell, mut fenced) = (None, None, false);
    for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                page.html.push(html.trim().to_owned());
            }
            Event::Start(Tag::TableRow | Tag::TableHead) => page.rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                let cell = cell.take().unwrap_or_default();
                page.rows.last_mut().unwrap().push(cell);
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.headings.extend(heading.take()),
            Event::Start(Tag::CodeBlock(kind)) => {
                fenced = true;
                page.fences.push(match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => "indented".to_owned(),
                });
            }
            Event::End(TagEnd::CodeBlock) => fenced = false,
            // What a comment names for more.
            Event::Code(code) if &*code == "slgen diff" => {}
            Event::Text(text) if fenced => page.code.extend(text.lines().map(str::to_owned)),
            Event::Text(text) => {
                for open in [&mut heading, &mut cell].into_iter().flatten() {
                    open.push_str(&text);
                }
            }
            Event::Start(
                Tag::Paragraph
                | Tag::Table(_)
                | Tag::List(None)
                | Tag::Item
                | Tag::Strong
                | Tag::HtmlBlock,
            )
            | Event::End(_)
            | Event::SoftBreak => {}
            other => page.others.push(format!("{other:?}")),
        }
    }
    page
}
