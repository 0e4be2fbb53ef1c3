//! The forms: which questions a command asks, in which order.

use super::questions as q;
use super::{Form, proposal};

/// `slgen init`.
pub const INIT: Form = Form {
    command: "init",
    questions: &[
        &q::SERVICE,
        &q::ENVIRONMENT,
        &q::ACCOUNT,
        &q::REGION,
        &q::EMAIL,
        &q::CI,
        &q::CI_IMAGE,
        &q::NAME,
        &q::TRIGGER,
        &q::BLUEPRINT,
        &q::AUTH,
        &q::SENDER,
        &q::WEBHOOK_SECRET,
        &q::ISSUER,
        &q::AUDIENCE,
        &q::ROUTE,
        &q::QUEUE,
        &q::SCHEDULE,
        &q::STREAM,
        &q::TOPIC,
        &q::BUCKET,
        &q::PREFIX,
        &q::EVENT_SOURCE,
        &q::EVENT,
        &q::METHOD,
        &q::SCHEMA,
        &q::SOURCE,
        &q::RUNTIME,
        &q::LANGUAGE,
        &q::HANDLER,
    ],
    propose: proposal::init,
};

/// `slgen add function`.
pub const FUNCTION: Form = Form {
    command: "add function",
    questions: &[
        &q::NAME,
        &q::TRIGGER,
        &q::BLUEPRINT,
        &q::AUTH,
        &q::SENDER,
        &q::WEBHOOK_SECRET,
        &q::ISSUER,
        &q::AUDIENCE,
        &q::ROUTE,
        &q::QUEUE,
        &q::SCHEDULE,
        &q::STREAM,
        &q::TOPIC,
        &q::BUCKET,
        &q::PREFIX,
        &q::EVENT_SOURCE,
        &q::EVENT,
        &q::METHOD,
        &q::SCHEMA,
        &q::SOURCE,
        &q::RUNTIME,
        &q::LANGUAGE,
        &q::HANDLER,
        &q::FIRST_TO,
        &q::ALLOW,
        &q::PATHS,
        &q::TABLES,
        &q::SECRET,
    ],
    propose: proposal::function,
};

/// `slgen add resource`.
pub const RESOURCE: Form = Form {
    command: "add resource",
    questions: &[
        &q::RESOURCE_NAME,
        &q::TYPE,
        &q::EXISTING,
        &q::PARTITION_KEY,
        &q::ENGINE,
        &q::DATABASE,
        &q::DATABASE_ID,
        &q::DATABASE_HOST,
    ],
    propose: proposal::resource,
};

/// `slgen add trigger`.
pub const TRIGGER: Form = Form {
    command: "add trigger",
    questions: &[
        &q::FUNCTION,
        &q::TRIGGER,
        &q::AUTH,
        &q::SENDER,
        &q::WEBHOOK_SECRET,
        &q::ISSUER,
        &q::AUDIENCE,
        &q::ROUTE,
        &q::QUEUE,
        &q::SCHEDULE,
        &q::STREAM,
        &q::TOPIC,
        &q::BUCKET,
        &q::PREFIX,
        &q::EVENT_SOURCE,
        &q::EVENT,
        &q::METHOD,
        &q::SCHEMA,
    ],
    propose: proposal::trigger,
};

/// `slgen add access`.
pub const ACCESS: Form = Form {
    command: "add access",
    questions: &[
        &q::FUNCTION,
        &q::TO,
        &q::ALLOW,
        &q::PATHS,
        &q::TABLES,
        &q::SECRET,
    ],
    propose: proposal::access,
};

/// Every form.
pub const FORMS: [&Form; 5] = [&INIT, &FUNCTION, &RESOURCE, &TRIGGER, &ACCESS];
