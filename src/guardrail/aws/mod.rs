//! Rules for AWS, one file each, named after its id.

mod alarms;
mod conditions;
mod read;
#[cfg(test)]
mod testing;
mod without_effect;

use super::{Check, Rule};

/// What every rule file needs.
mod prelude {
    pub(super) use super::alarms::{counted, watches};
    pub(super) use super::conditions::{
        Account, accounts, binds_source, binds_to_own_account, negligible,
    };
    pub(super) use super::read::{
        beside, customer_key, demanded, is_true, items, known, number, same, state, text, weak,
    };
    pub(super) use crate::graph::{Kind, Part, Resource, Value};
    pub(super) use crate::guardrail::{Context, Metadata, Report, Risk, Severity};
    pub(super) use crate::iam::{Effect, Permission, PolicyKind};
}

/// Declares each rule's module and registers it: the one line a new rule needs.
macro_rules! rules {
    ($($module:ident)*) => {
        $(mod $module;)*

        /// Every rule, by id.
        pub static RULES: &[Rule] = &[
            $(Rule { meta: &$module::META, check: Check::Graph($module::check) }),*
        ];
    };
}

rules! {
    slg_auth_001
    slg_auth_002
    slg_auth_003
    slg_auth_004
    slg_auth_005
    slg_auth_006
    slg_auth_007
    slg_auth_008
    slg_auth_009
    slg_enc_001
    slg_enc_002
    slg_enc_003
    slg_enc_004
    slg_enc_005
    slg_enc_006
    slg_enc_007
    slg_enc_008
    slg_enc_009
    slg_enc_010
    slg_enc_011
    slg_iam_001
    slg_iam_002
    slg_iam_003
    slg_iam_004
    slg_iam_005
    slg_iam_006
    slg_iam_007
    slg_iam_008
    slg_iam_009
    slg_iam_010
    slg_iam_011
    slg_iam_012
    slg_iam_013
    slg_iam_014
    slg_iam_015
    slg_iam_016
    slg_iam_017
    slg_inj_001
    slg_inj_002
    slg_inj_003
    slg_inj_004
    slg_log_001
    slg_log_002
    slg_log_003
    slg_log_004
    slg_log_005
    slg_log_006
    slg_log_007
    slg_log_008
    slg_log_009
    slg_log_010
    slg_log_011
    slg_log_012
    slg_log_013
    slg_log_014
    slg_log_015
    slg_log_016
    slg_log_017
    slg_log_018
    slg_log_019
    slg_log_020
    slg_log_021
    slg_log_022
    slg_log_023
    slg_log_024
    slg_net_001
    slg_net_002
    slg_net_003
    slg_net_004
    slg_net_005
    slg_net_006
    slg_net_007
    slg_net_008
    slg_pkg_001
    slg_pkg_002
    slg_pkg_003
    slg_pkg_004
    slg_pkg_005
    slg_pkg_006
    slg_pkg_007
    slg_pkg_008
    slg_pkg_009
    slg_pkg_010
    slg_pkg_011
    slg_pkg_012
    slg_qta_001
    slg_qta_002
    slg_qta_003
    slg_qta_004
    slg_res_001
    slg_res_002
    slg_res_003
    slg_res_004
    slg_res_005
    slg_res_006
    slg_res_007
    slg_res_008
    slg_res_009
    slg_res_010
    slg_res_011
    slg_res_012
    slg_res_013
    slg_res_014
    slg_res_015
    slg_res_016
    slg_tf_001
    slg_tf_002
    slg_tf_003
    slg_tf_004
    slg_tf_005
    slg_tf_006
    slg_tf_007
}
