//! Evaluates expressions: known values as far as they are known, symbols for the rest.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::Block;

use super::ReadError;
use super::module::{Declared, Module, start};
use super::resource::ResourceBlock;
use super::tree::{Place, Tree};
use crate::graph::{Graph, InstanceKey, Kind, Value};

/// Evaluation steps and copied bytes of one read. The reference service needs far below 1 %.
pub(super) const BUDGET: usize = 50_000_000;
/// Depth of nested evaluation, through locals and references too.
const MAX_DEPTH: usize = 500;
/// Depth of a value: JSON and sources of values are written recursively.
const MAX_NESTING: usize = 100;
/// Trees that are kept: about the resources of one function, which refer to each other.
const KEPT_TREES: usize = 32;
/// Longest string that is built.
pub(super) const MAX_STRING: usize = 1 << 20;

/// Why an expression failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) file: usize,
    pub(super) offset: usize,
    pub(super) message: String,
    /// A limit was hit: `try` and `can` do not catch it.
    pub(super) fatal: bool,
}

pub(super) type Outcome = Result<Value, Failure>;

/// A name bound by a `for` expression or a dynamic block.
#[derive(Clone, Copy)]
pub(super) struct Binding<'s> {
    pub(super) name: &'s str,
    pub(super) value: &'s Value,
    pub(super) next: Option<&'s Binding<'s>>,
}

/// What names mean where an expression stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope<'s> {
    pub(super) file: usize,
    /// Where offsets count from: the start of the tree's text in the file.
    pub(super) base: usize,
    pub(super) names: Option<&'s Binding<'s>>,
    /// `each.key` and `each.value`.
    pub(super) each: Option<(&'s Value, &'s Value)>,
    /// `count.index`.
    pub(super) index: Option<&'s Value>,
    /// No references at all (default values, tfvars).
    pub(super) literal_only: bool,
    /// No references but to names that are bound (template files).
    pub(super) names_only: bool,
}

impl<'s> Scope<'s> {
    pub(super) fn of_file(file: usize) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&'s Value> {
        let mut names = self.names;
        while let Some(binding) = names {
            if binding.name == name {
                return Some(binding.value);
            }
            names = binding.next;
        }
        None
    }

    pub(super) fn fail(&self, offset: usize, message: impl Into<String>) -> Failure {
        Failure {
            file: self.file,
            offset: self.base + offset,
            message: message.into(),
            fatal: false,
        }
    }

    /// A span in the file.
    pub(super) fn absolute(&self, span: Range<usize>) -> Range<usize> {
        self.base + span.start..self.base + span.end
    }

    fn limit(&self, offset: usize, message: &str) -> Failure {
        Failure {
            fatal: true,
            ..self.fail(offset, message)
        }
    }
}

impl Declared<'_, ResourceBlock> {
    /// The scope of its tree.
    pub(super) fn scope<'s>(self) -> Scope<'s> {
        Scope {
            base: self.node.span.start,
            ..Scope::of_file(self.file)
        }
    }
}

/// A value that is being or has been worked out once.
pub(super) enum Memo<T> {
    Running,
    Done(Result<Rc<T>, Failure>),
}

/// Instances of a resource.
pub(super) enum Expansion {
    /// Neither `count` nor `for_each`.
    Single,
    /// Each with its key and, for `for_each`, its value.
    Instances(Vec<(InstanceKey, Value, Value)>),
    /// Not known: the expression.
    Unknown(String),
}

/// Trees of the resources looked at last, each with its file and place; every environment looks at
/// them.
#[derive(Default)]
pub(super) struct Trees(RefCell<VecDeque<(usize, usize, Rc<Block>)>>);

/// Evaluates the expressions of one module.
pub(super) struct Evaluator<'a> {
    pub(super) module: &'a Module<'a>,
    pub(super) variables: BTreeMap<String, Rc<Value>>,
    pub(super) locals: RefCell<BTreeMap<&'a str, Memo<Value>>>,
    pub(super) expansions: RefCell<BTreeMap<String, Memo<Expansion>>>,
    pub(super) attributes: RefCell<BTreeMap<String, Memo<Value>>>,
    trees: Rc<Trees>,
    pub(super) meter: Rc<Meter>,
    pub(super) errors: RefCell<Vec<ReadError>>,
    /// Other people's code: what else was given, and where notes go.
    pub(super) tree: Option<&'a Tree<'a>>,
    pub(super) place: Option<Place>,
    /// Module path of symbols, with a final dot.
    pub(super) prefix: String,
    /// Outputs of the modules that are called.
    pub(super) calls: RefCell<BTreeMap<&'a str, Memo<Value>>>,
    /// Resources of these modules.
    pub(super) below: RefCell<Vec<Graph>>,
    /// Failures are asked for (`try`, `can`).
    pub(super) catching: Cell<usize>,
}

/// What is left of the budget, and how deep evaluation is: one for a module and all it calls.
pub(super) struct Meter {
    left: Cell<usize>,
    depth: Cell<usize>,
}

impl Meter {
    pub(super) fn new(budget: usize) -> Rc<Self> {
        Rc::new(Self {
            left: Cell::new(budget),
            depth: Cell::new(0),
        })
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(module: &'a Module<'a>, trees: Rc<Trees>, meter: Rc<Meter>) -> Self {
        Self {
            module,
            variables: BTreeMap::new(),
            locals: RefCell::default(),
            expansions: RefCell::default(),
            attributes: RefCell::default(),
            trees,
            meter,
            errors: RefCell::default(),
            tree: None,
            place: None,
            prefix: String::new(),
            calls: RefCell::default(),
            below: RefCell::default(),
            catching: Cell::new(0),
        }
    }

    /// The same for other people's code, at a place of its modules.
    pub(super) fn at(mut self, tree: &'a Tree<'a>, place: Place) -> Self {
        self.prefix = place.path.iter().map(|step| format!("{step}.")).collect();
        self.tree = Some(tree);
        self.place = Some(place);
        self
    }

    /// Pays for work; fails once the read as a whole costs too much.
    pub(super) fn charge(&self, scope: Scope, offset: usize, cost: usize) -> Result<(), Failure> {
        let left = self.meter.left.get().checked_sub(cost);
        self.meter.left.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(scope.limit(offset, "evaluating this module takes too many steps")),
        }
    }

    /// Pays for a value that is copied or built, and bounds its depth.
    pub(super) fn pay(&self, scope: Scope, offset: usize, value: &Value) -> Result<(), Failure> {
        match weigh(value, MAX_NESTING) {
            Some(weight) => self.charge(scope, offset, weight),
            None => Err(scope.limit(offset, "a value is nested too deep")),
        }
    }

    /// The syntax tree of a resource. Where a reference leads to it, `from`, parsing it anew is
    /// paid for.
    pub(super) fn tree(
        &self,
        declared: Declared<'_, ResourceBlock>,
        from: Option<Scope>,
    ) -> Result<Rc<Block>, Failure> {
        let (number, span) = (declared.file, &declared.node.span);
        let mut trees = self.trees.0.borrow_mut();
        let kept = trees
            .iter()
            .find(|(file, at, _)| (*file, *at) == (number, span.start));
        if let Some((.., tree)) = kept {
            return Ok(tree.clone());
        }
        if let Some(scope) = from {
            self.charge(scope, 0, span.len())?;
        }
        let file = self.module.files.get(number);
        let tree = file
            .and_then(|f| f.tree(declared.node))
            .map(Rc::new)
            .ok_or_else(|| {
                declared
                    .scope()
                    .fail(0, "this block does not parse by itself")
            })?;
        trees.truncate(KEPT_TREES - 1);
        trees.push_front((number, span.start, tree.clone()));
        Ok(tree)
    }

    /// The value of an expression.
    pub(super) fn eval(&self, expression: &Expression, scope: Scope) -> Outcome {
        let offset = start(expression.span());
        let depth = self.meter.depth.get();
        if depth >= MAX_DEPTH {
            return Err(scope.limit(offset, "expressions are nested too deep"));
        }
        self.charge(scope, offset, 1)?;
        self.meter.depth.set(depth + 1);
        let outcome = self.eval_kind(expression, offset, scope);
        self.meter.depth.set(depth);
        match outcome {
            Err(failure) if self.lenient() && !failure.fatal && self.catching.get() == 0 => {
                self.report(failure);
                // Nothing is known of its parts, not even that none is a secret.
                let text = self.source_here(expression, scope);
                self.symbol(text, true, offset, scope)
            }
            outcome => outcome,
        }
    }

    fn eval_kind(&self, expression: &Expression, offset: usize, scope: Scope) -> Outcome {
        match expression {
            Expression::Null(_) => Ok(Value::null()),
            Expression::Bool(b) => Ok(Kind::Bool(*b.value()).into()),
            Expression::Number(n) => number(n.value())
                .ok_or_else(|| scope.fail(offset, "this number cannot be represented")),
            Expression::String(text) => {
                self.charge(scope, offset, text.len())?;
                Ok(Value::string(text.as_str()))
            }
            Expression::Array(array) => {
                let items = array
                    .iter()
                    .map(|item| self.eval(item, scope))
                    .collect::<Result<Vec<_>, _>>()?;
                self.built(Kind::List(items).into(), offset, scope)
            }
            Expression::Object(object) => self.object(object, offset, scope),
            Expression::StringTemplate(template) => self.template(template, offset, scope),
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template, offset, scope),
            Expression::Parenthesis(inner) => self.eval(inner.inner(), scope),
            Expression::Variable(name) => match scope.lookup(name.as_str()) {
                Some(value) => {
                    self.pay(scope, offset, value)?;
                    Ok(value.clone())
                }
                None => Err(scope.fail(offset, format!("{:?} is not a reference", name.as_str()))),
            },
            Expression::Conditional(c) => self.conditional(c, offset, scope),
            Expression::FuncCall(call) => self.call(call, offset, scope),
            Expression::Traversal(traversal) => self.traversal(traversal, offset, scope),
            Expression::UnaryOp(op) => self.unary(op, offset, scope),
            Expression::BinaryOp(op) => self.binary(op, offset, scope),
            Expression::ForExpr(f) => self.for_expression(f, expression, offset, scope),
        }
    }

    pub(super) fn built(&self, value: Value, offset: usize, scope: Scope) -> Outcome {
        self.pay(scope, offset, &value)?;
        Ok(value)
    }

    fn object(&self, object: &Object, offset: usize, scope: Scope) -> Outcome {
        let mut map = BTreeMap::new();
        let mut sensitive = false;
        for (key, item) in object {
            let value = self.eval(item.expr(), scope)?;
            let key = match key {
                ObjectKey::Ident(name) => name.as_str().to_owned(),
                ObjectKey::Expression(key) => {
                    let at = start(key.span());
                    let key = self.eval(key, scope)?;
                    sensitive |= key.has_sensitive();
                    // An unknown key keeps its place under its source text.
                    key.text()
                        .ok_or_else(|| scope.fail(at, "a key must be a string"))?
                }
            };
            map.insert(key, value);
        }
        self.built(Value::from(Kind::Map(map)).marked(sensitive), offset, scope)
    }

    fn conditional(&self, c: &hcl_edit::expr::Conditional, offset: usize, scope: Scope) -> Outcome {
        let condition = self.eval(&c.cond_expr, scope)?;
        let sensitive = condition.has_sensitive();
        if let Some(condition) = truth(&condition) {
            let chosen = if condition {
                &c.true_expr
            } else {
                &c.false_expr
            };
            return Ok(self.eval(chosen, scope)?.marked(sensitive));
        }
        if condition.is_known() {
            return Err(scope.fail(offset, "the condition is not a bool"));
        }
        let (yes, no) = (
            self.eval(&c.true_expr, scope)?,
            self.eval(&c.false_expr, scope)?,
        );
        if yes == no {
            return Ok(yes.marked(sensitive));
        }
        let sensitive = sensitive || yes.has_sensitive() || no.has_sensitive();
        let text = format!(
            "{} ? {} : {}",
            operand(&condition),
            operand(&yes),
            operand(&no)
        );
        self.symbol(text, sensitive, offset, scope)
    }

    /// A symbol made from the sources of its operands.
    pub(super) fn symbol(
        &self,
        text: String,
        sensitive: bool,
        offset: usize,
        scope: Scope,
    ) -> Outcome {
        self.charge(scope, offset, text.len())?;
        if text.len() > MAX_STRING {
            return Err(scope.limit(offset, "an expression is too long"));
        }
        Ok(Value::symbol(text).marked(sensitive))
    }

    /// Source of an expression that cannot be evaluated piece by piece, with what its names mean
    /// here: equal text must mean equal value.
    pub(super) fn source_here(&self, expression: &Expression, scope: Scope) -> String {
        let text = self
            .module
            .files
            .get(scope.file)
            .and_then(|f| f.text.get(scope.absolute(expression.span()?)))
            .unwrap_or_default();
        with_names(text.split_whitespace().collect::<Vec<_>>().join(" "), scope)
    }
}

/// Keys and values of a collection, in Terraform's order; `None` when it is not one. A sensitive
/// collection marks its elements.
pub(super) fn entries(collection: &Value) -> Option<Vec<(Value, Value)>> {
    let marked = |v: &Value| v.clone().marked(collection.sensitive);
    Some(match &collection.kind {
        Kind::List(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (Kind::Number(i.into()).into(), marked(v)))
            .collect(),
        Kind::Set(items) => items.iter().map(|v| (marked(v), marked(v))).collect(),
        Kind::Map(map) => map
            .iter()
            .map(|(k, v)| (Value::string(k.as_str()), marked(v)))
            .collect(),
        _ => return None,
    })
}

/// Source text that is kept whole, with what its names mean here.
pub(super) fn with_names(source: String, scope: Scope) -> String {
    let mut bound = Vec::new();
    if let Some((key, value)) = scope.each {
        let (key, value) = (key.source(), value.source());
        bound.push(format!("each.key = {key}, each.value = {value}"));
    }
    if let Some(index) = scope.index {
        bound.push(format!("count.index = {}", index.source()));
    }
    let mut names = scope.names;
    while let Some(binding) = names {
        bound.push(format!("{} = {}", binding.name, binding.value.source()));
        names = binding.next;
    }
    if bound.is_empty() {
        return source;
    }
    format!("({source}) with ({})", bound.join(", "))
}

/// A known bool, also as text.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Bool(b) => Some(*b),
        Kind::String(text) if text == "true" => Some(true),
        Kind::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

/// Source of a value as an operand: operators inside are put in parentheses.
pub(super) fn operand(value: &Value) -> String {
    let text = value.source();
    match &value.kind {
        Kind::Symbol(s) if s.contains(' ') && !s.ends_with([')', ']']) => format!("({text})"),
        _ => text,
    }
}

/// Number of nodes and bytes of a value; `None` when deeper than `depth`.
fn weigh(value: &Value, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    Some(match &value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => 1,
        Kind::String(text) | Kind::Symbol(text) => 1 + text.len() / 8,
        Kind::Template(parts) => {
            let bytes = parts.iter().map(|p| match p {
                crate::graph::Part::Literal(t) | crate::graph::Part::Symbol(t) => 1 + t.len() / 8,
            });
            1 + bytes.sum::<usize>()
        }
        Kind::List(items) | Kind::Set(items) => {
            let mut total = 1;
            for item in items {
                total += weigh(item, depth)?;
            }
            total
        }
        Kind::Map(map) => {
            let mut total = 1;
            for (key, item) in map {
                total += 1 + key.len() / 8 + weigh(item, depth)?;
            }
            total
        }
    })
}

fn number(n: &hcl_edit::Number) -> Option<Value> {
    if let Some(n) = n.as_i64() {
        return Some(Kind::Number(n.into()).into());
    }
    if let Some(n) = n.as_u64() {
        return Some(Kind::Number(n.into()).into());
    }
    n.as_f64().and_then(Value::number)
}
