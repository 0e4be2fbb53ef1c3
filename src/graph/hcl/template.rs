//! Templates: strings with interpolations and directives.

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::eval::{
    Binding, Evaluator, Failure, MAX_STRING, Outcome, Scope, entries, truth, with_names,
};
use super::module::start;
use crate::graph::{Kind, Part, Value};

/// Parts of the string so far.
struct Output {
    parts: Vec<Part>,
    sensitive: bool,
    bytes: usize,
}

impl Evaluator<'_> {
    /// The value of a template. One interpolation and nothing else gives its value unchanged.
    pub(super) fn template(&self, template: &Template, offset: usize, scope: Scope) -> Outcome {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.eval(&only.expr, scope);
        }
        let mut out = Output {
            parts: Vec::new(),
            sensitive: false,
            bytes: 0,
        };
        self.elements(template, Strip::None, offset, scope, &mut out)?;
        Ok(Value::from_parts(out.parts).marked(out.sensitive))
    }

    /// `around` holds the strip marks of the directive tags before and after.
    fn elements(
        &self,
        template: &Template,
        around: Strip,
        offset: usize,
        scope: Scope,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let elements: Vec<&Element> = template.iter().collect();
        for (i, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(text) => {
                    let mut text = text.as_str();
                    let before = i.checked_sub(1).and_then(|i| elements.get(i));
                    if before.map_or(around.strip_start(), |e| strips_after(e)) {
                        text = text.trim_start();
                    }
                    let after = elements.get(i + 1);
                    if after.map_or(around.strip_end(), |e| strips_before(e)) {
                        text = text.trim_end();
                    }
                    self.push(Part::Literal(text.to_owned()), offset, scope, out)?;
                }
                Element::Interpolation(inner) => {
                    let at = inner.span().map_or(offset, |s| s.start);
                    let value = self.eval(&inner.expr, scope)?;
                    self.push_value(value, at, scope, out)?;
                }
                Element::Directive(directive) => {
                    self.directive(directive, offset, scope, out)?;
                }
            }
        }
        Ok(())
    }

    fn push(
        &self,
        part: Part,
        offset: usize,
        scope: Scope,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let (Part::Literal(text) | Part::Symbol(text)) = &part;
        out.bytes += text.len();
        self.charge(scope, offset, 1 + text.len())?;
        if out.bytes > MAX_STRING {
            return Err(scope.fail(offset, "a string is longer than 1 MiB"));
        }
        out.parts.push(part);
        Ok(())
    }

    fn push_value(
        &self,
        value: Value,
        offset: usize,
        scope: Scope,
        out: &mut Output,
    ) -> Result<(), Failure> {
        out.sensitive |= value.has_sensitive();
        match value.kind {
            Kind::Symbol(symbol) => self.push(Part::Symbol(symbol), offset, scope, out),
            Kind::Template(parts) => {
                for part in parts {
                    self.push(part, offset, scope, out)?;
                }
                Ok(())
            }
            kind => match Value::from(kind).text() {
                Some(text) => self.push(Part::Literal(text), offset, scope, out),
                None => Err(scope.fail(offset, "null and collections have no text")),
            },
        }
    }

    fn directive(
        &self,
        directive: &Directive,
        offset: usize,
        scope: Scope,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match directive {
            Directive::If(d) => {
                let condition = self.eval(&d.if_expr.cond_expr, scope)?;
                out.sensitive |= condition.has_sensitive();
                let close = d.endif_expr.strip;
                let next = d.else_expr.as_ref().map_or(close, |e| e.strip);
                match truth(&condition) {
                    Some(true) => {
                        let around = between(d.if_expr.strip, next);
                        self.elements(&d.if_expr.template, around, offset, scope, out)
                    }
                    Some(false) => match &d.else_expr {
                        Some(e) => {
                            let around = between(e.strip, close);
                            self.elements(&e.template, around, offset, scope, out)
                        }
                        None => Ok(()),
                    },
                    None if condition.is_known() => {
                        Err(scope.fail(offset, "the condition is not a bool"))
                    }
                    None => {
                        let text = self.raw(start(d.if_expr.cond_expr.span()), d, scope);
                        self.push(Part::Symbol(text), offset, scope, out)
                    }
                }
            }
            Directive::For(d) => {
                let collection = self.eval(&d.for_expr.collection_expr, scope)?;
                out.sensitive |= collection.has_sensitive();
                let Some(entries) = entries(&collection) else {
                    if collection.is_known() {
                        return Err(scope.fail(offset, "a for directive needs a collection"));
                    }
                    let text = self.raw(start(d.for_expr.collection_expr.span()), d, scope);
                    return self.push(Part::Symbol(text), offset, scope, out);
                };
                for (key, value) in &entries {
                    let value_name = Binding {
                        name: d.for_expr.value_var.as_str(),
                        value,
                        next: scope.names,
                    };
                    let key_name = d.for_expr.key_var.as_ref().map(|name| Binding {
                        name: name.as_str(),
                        value: key,
                        next: Some(&value_name),
                    });
                    let inner = Scope {
                        names: Some(key_name.as_ref().unwrap_or(&value_name)),
                        ..scope
                    };
                    let around = between(d.for_expr.strip, d.endfor_expr.strip);
                    self.elements(&d.for_expr.template, around, offset, inner, out)?;
                }
                Ok(())
            }
        }
    }

    /// Stands for a directive that depends on what is unknown: its place and source.
    fn raw(&self, at: usize, node: &impl hcl_edit::Span, scope: Scope) -> String {
        let file = self.module.files.get(scope.file);
        let text = file
            .and_then(|f| f.text.get(scope.absolute(node.span()?)))
            .map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|t| !t.is_empty());
        let text = text.unwrap_or_else(|| {
            let line = file.map_or(0, |f| f.line(scope.base + at));
            format!("template directive at line {line}")
        });
        with_names(text, scope)
    }
}

/// Strip marks that face a directive's body: the end of its first tag, the start of the next.
fn between(first: Strip, next: Strip) -> Strip {
    Strip::from((first.strip_end(), next.strip_start()))
}

fn strips_after(element: &Element) -> bool {
    match element {
        Element::Literal(_) => false,
        Element::Interpolation(i) => i.strip.strip_end(),
        Element::Directive(d) => match d.as_ref() {
            Directive::If(d) => d.endif_expr.strip.strip_end(),
            Directive::For(d) => d.endfor_expr.strip.strip_end(),
        },
    }
}

fn strips_before(element: &Element) -> bool {
    match element {
        Element::Literal(_) => false,
        Element::Interpolation(i) => i.strip.strip_start(),
        Element::Directive(d) => match d.as_ref() {
            Directive::If(d) => d.if_expr.strip.strip_start(),
            Directive::For(d) => d.for_expr.strip.strip_start(),
        },
    }
}
