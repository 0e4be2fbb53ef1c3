//! Identifiers for what the manifest names, in the manner of each language.

use std::collections::BTreeSet;

use super::Language;

/// Words that a language or a template keeps for itself.
const PYTHON: &str = "False None True and as assert async await break class continue def del elif else except finally \
    for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type \
    Any Decimal NotRequired Queue Topic Bucket Table OwnedTable Request Response ROUTES Run TypedDict answer cast \
    context event handle checked message request run secret this work work_off str int bool list dict object \
    print data body take Changed Event Row Mapping DataApi Postgres values key caller";
const TYPESCRIPT: &str = "abstract any arguments as async await boolean break case catch class const continue debugger \
    default delete do else enum eval export extends false finally for from function get if implements import in \
    instanceof interface let new null number object of package private protected public return set static string super \
    switch symbol this throw true try type typeof undefined unknown var void while with yield Array Function Number \
    Object Promise Record String Symbol Queue Topic Bucket Table OwnedTable Request Response Unwritten routes answer \
    context event handle checked message request run secret work workOff body take Changed Event Row Value DataApi \
    Postgres values key caller";

const RUST: &str = "Self abstract as async await become box break const continue crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
    trait true try type typeof union unsafe unsized use virtual where while yield Access Api Batches Box Deserialize Err \
    Error Fault None Number Ok Option OwnedTable Queue Request Response Result Run Runs SdkConfig Secret Serialize Some \
    String Table Topic Value Vec access answer api batches body config edge event event_types handle i64 bool item main \
    message request route run runs serde serde_json service_fn setting tests work";
const GO: &str = "break case chan const continue default defer else fallthrough for func go goto if import interface map \
    package range return select struct switch type var any append bool byte cap clear close comparable complex copy delete \
    error false float64 imag init int int64 iota len main make max min new nil panic print println real recover rune string \
    true uint64 Access Batches OwnedTable Queue Request Response Run Runs Secret Table Topic access answer api aws batches \
    body config context ctx edge err event handle item json message request response routes run runs secret work client \
    files newAccess route New LogValue MarshalJSON UnmarshalJSON";

/// Gives identifiers, each once.
pub(super) struct Names {
    language: Language,
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(language: Language) -> Self {
        let taken = kept(language).split_whitespace().map(str::to_owned);
        Self {
            language,
            taken: taken.collect(),
        }
    }

    /// Whether a language or a template keeps a word for itself, the entry point's usual name apart.
    pub(super) fn is_kept(language: Language, word: &str) -> bool {
        kept(language).split_whitespace().any(|kept| kept == word)
    }

    /// For a value or function.
    pub(super) fn value(&mut self, text: &str) -> String {
        let words = words(text);
        let name = match self.language {
            Language::Python | Language::Rust => words.join("_").to_ascii_lowercase(),
            Language::Typescript | Language::Go => camel(&words),
        };
        self.once(&name)
    }

    /// For a field of a record.
    pub(super) fn field(&mut self, text: &str) -> String {
        match self.language {
            Language::Go => self.class(text),
            _ => self.value(text),
        }
    }

    /// For a type.
    pub(super) fn class(&mut self, text: &str) -> String {
        self.once(&pascal(&words(text)))
    }

    /// Keeps a name from being given.
    pub(super) fn reserve(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    fn once(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    }
}

fn kept(language: Language) -> &'static str {
    match language {
        Language::Python => PYTHON,
        Language::Typescript => TYPESCRIPT,
        Language::Go => GO,
        Language::Rust => RUST,
    }
}

/// The ASCII letters and digits of a text, in words; never empty, never a digit first. A word in
/// capitals alone is in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            if word.contains(|c: char| c.is_ascii_lowercase()) {
                word.to_owned()
            } else {
                word.to_ascii_lowercase()
            }
        })
        .collect();
    if words
        .first()
        .is_none_or(|word| word.starts_with(|c: char| c.is_ascii_digit()))
    {
        words.insert(0, "x".to_owned());
    }
    words
}

fn pascal(words: &[String]) -> String {
    let capital = |word: &String| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    words.iter().map(capital).collect()
}

fn camel(words: &[String]) -> String {
    match words {
        [first, rest @ ..] => first.to_ascii_lowercase() + &pascal(rest),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::encode::is_identifier;
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let mut names = Names::new(Language::Python);
        assert_eq!(names.value("orders-table"), "orders_table");
        assert_eq!(names.value("orders_table"), "orders_table_2");
        assert_eq!(names.value("class"), "class_2");
        assert_eq!(names.value("2fast"), "x_2fast");
        assert_eq!(names.class("POST /orders/{id}"), "PostOrdersId");
        let mut names = Names::new(Language::Typescript);
        assert_eq!(names.value("orders-table"), "ordersTable");
        assert_eq!(names.class("PostOrders lines item"), "PostOrdersLinesItem");
    }

    proptest! {
        #[test]
        fn whatever_is_named_gets_an_identifier(text in "\\PC{0,40}") {
            for language in Language::ALL {
                let mut names = Names::new(language);
                prop_assert!(is_identifier(&names.value(&text)));
                prop_assert!(is_identifier(&names.class(&text)));
            }
        }
    }
}
