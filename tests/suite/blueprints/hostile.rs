//! Blueprints that mean harm: each is stopped with a clear error, and nothing is written.

use std::fs;

use super::{ROOT, Team};

#[test]
fn paths_stay_inside() {
    // A link to something outside, in each folder that is read, and for the file itself.
    #[cfg(unix)]
    for link in [
        "templates/x.tf.hbs",
        "handlers/a/b.py",
        "policies/x.rego",
        "templates",
    ] {
        let team = Team::new("");
        let path = team.path("acme").join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        let expected = if link == "templates" {
            "is no folder"
        } else {
            "is a symbolic link"
        };
        team.refused(1, &["error[SLG-BLUEPRINT-001]", expected]);
    }
    #[cfg(unix)]
    {
        let team = Team::new("");
        fs::rename(
            team.path("acme/blueprint.yaml"),
            team.path("elsewhere.yaml"),
        )
        .unwrap();
        std::os::unix::fs::symlink("../elsewhere.yaml", team.path("acme/blueprint.yaml")).unwrap();
        team.refused(1, &["is a symbolic link"]);
    }
    // Names that are no name of a file beside the others.
    for name in [
        "templates/sub/x.tf.hbs",
        "templates/X.tf.hbs",
        "templates/.tf.hbs",
        "templates/x.sh",
        "templates/a b.tf.hbs",
    ] {
        let team = Team::new("");
        team.write(&format!("acme/{name}"), "x");
        team.refused(1, &["error[SLG-BLUEPRINT-007]", "is no template"]);
    }
    // A file that slgen generates itself.
    let team = Team::new("");
    team.write("acme/templates/fn_tidy.tf.hbs", "# mine\n");
    team.refused(1, &["slgen generates fn_tidy.tf itself"]);
}

#[test]
fn a_folder_is_limited() {
    let team = Team::new("");
    team.write("acme/policies/large.rego", &"x".repeat(1024 * 1024 + 1));
    team.refused(1, &["larger than 1 MiB"]);
    let team = Team::new("");
    for index in 0..17 {
        team.write(
            &format!("acme/policies/{index}.rego"),
            &"x".repeat(1024 * 1024),
        );
    }
    team.refused(1, &["more than 16 MiB"]);
    let team = Team::new("");
    for index in 0..1001 {
        team.write(&format!("acme/policies/{index}.rego"), "");
    }
    team.refused(1, &["more than 1000 files"]);
    let team = Team::new("");
    team.write(&format!("acme/policies/{}x", "a/".repeat(20)), "");
    team.refused(1, &["lies too deep"]);
}

#[test]
fn templates_end() {
    let huge = format!(
        "{{{{#each functions}}}}{}{{{{/each}}}}",
        "x".repeat(1024 * 1024 - 50)
    );
    let lists = "{{#each input.l}}{{#each ../input.l}}{{#each ../../input.l}}0123456789{{/each}}{{/each}}{{/each}}";
    for (templates, expected) in [
        (
            vec![("x.tf", "{{> a}}"), ("a", "{{> b}}"), ("b", "{{> a}}")],
            "include each other for ever",
        ),
        (vec![("x.tf", "{{> x.tf}}")], "include each other for ever"),
        (
            vec![("header", "{{> header}}")],
            "include each other for ever",
        ),
        (vec![("x.tf", lists)], "writes more than 1 MiB"),
        (vec![("x.tf", "{{nothing}}")], "nothing"),
        (vec![("x.tf", "{{{service}}}")], "not escaped"),
        (
            vec![("x.tf", "{{lookup this \"x\"}}")],
            "no helper `lookup`",
        ),
        (vec![("x.tf", "{{#each functions}}")], "x.tf.hbs"),
    ] {
        let list: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let team = Team::new(&format!(
            "inputs: {{ type: object, properties: {{ l: {{ type: array, default: [{}] }} }} }}\n",
            list.join(", ")
        ));
        for (name, text) in templates {
            team.write(&format!("acme/templates/{name}.hbs"), text);
        }
        team.refused(1, &["error[SLG-BLUEPRINT-007]", expected]);
    }
    let team = Team::new("");
    team.write("acme/templates/x.tf.hbs", &huge);
    let said = team.generate();
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(!team.path("orders/infra").exists());
}

#[test]
fn nothing_is_granted_that_the_ledger_does_not_have() {
    let team = Team::new("");
    team.write(
        "acme/templates/admin.tf.hbs",
        "resource \"aws_iam_role_policy\" \"more\" {\nname = \"more\"\nrole = aws_iam_role.tidy.name\npolicy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = [\"iam:PassRole\"], Resource = [\"*\"] }] })\n}\n",
    );
    team.refused(
        1,
        &[
            "error[SLG-BLUEPRINT-007]",
            "iam:PassRole on * is in the rendered text, but not in the ledger",
            "emit permissions that no manifest line asks for",
            "acme/templates/admin.tf.hbs",
        ],
    );
}

#[test]
fn a_template_that_drops_encryption_is_stopped() {
    let team = Team::new("");
    let text = fs::read_to_string(format!("{ROOT}/templates/aws/log_group.tf.hbs")).unwrap();
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("kms_key_id"))
        .collect();
    assert!(without.len() < text.lines().count());
    team.write(
        "acme/templates/log_group.tf.hbs",
        &(without.join("\n") + "\n"),
    );
    team.refused(3, &["SLG-ENC-", "kms"]);
}

#[test]
fn an_input_is_a_value_wherever_it_stands() {
    let hostile = "x\\\"${aws_iam_role.tidy.arn}%{ if true }\\n}";
    let team = Team::new(
        "inputs: { type: object, properties: { t: {} } }\ndefaults: { tags: { team: \"${input.t}\" } }\n",
    );
    team.write(
        "acme/templates/x.tf.hbs",
        "output \"x\" {\nvalue = [\"{{input.t}}\", {{hcl input.t}}]\n}\n",
    );
    team.manifest(
        "{ source: \"path:../acme\", version: 1.0.0, inputs: { t: { $hcl: \"file(1)\" } } }",
        "",
    );
    team.refused(1, &["$hcl"]);
    let team = Team::new("inputs: { type: object, properties: { t: {} } }\n");
    team.write(
        "acme/templates/x.tf.hbs",
        "output \"x\" {\nvalue = [\"{{input.t}}\", {{hcl input.t}}]\n}\n",
    );
    team.manifest(
        &format!("{{ source: \"path:../acme\", version: 1.0.0, inputs: {{ t: \"{hostile}\" }} }}"),
        "",
    );
    let said = team.generate();
    assert_eq!(said.status, 0, "{}", said.text);
    let text = team.generated("x.tf");
    let escaped = "\"x\\\"$${aws_iam_role.tidy.arn}%%{ if true }\\n}\"";
    assert_eq!(text.matches(escaped).count(), 2, "{text}");
}

/// What would write a gigabyte, or work for hours and write nothing, is stopped by a count, long before.
#[test]
fn templates_end_soon() {
    let list: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let nested = |depth: usize, body: &str| {
        let open: String = (0..depth)
            .map(|n| format!("{{{{#each {}input.l}}}}", "../".repeat(n)))
            .collect();
        format!("{open}{body}{}", "{{/each}}".repeat(depth))
    };
    for (template, expected) in [
        (nested(4, "0123456789"), "writes more than 1 MiB"),
        (nested(7, "0123456789"), "it could take too long"),
        (nested(7, ""), "it could take too long"),
    ] {
        let team = Team::new(&format!(
            "inputs: {{ type: object, properties: {{ l: {{ type: array, default: [{}] }} }} }}\n",
            list.join(", ")
        ));
        team.write("acme/templates/x.tf.hbs", &template);
        let begun = std::time::Instant::now();
        team.refused(1, &["error[SLG-BLUEPRINT-007]", expected]);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
    // Each file within its limit, and all of them beyond theirs.
    let team = Team::new(&format!(
        "inputs: {{ type: object, properties: {{ l: {{ type: array, default: [{}] }} }} }}\n",
        list.join(", ")
    ));
    for n in 0..18 {
        team.write(
            &format!("acme/templates/x{n}.tf.hbs"),
            &nested(2, &"0".repeat(100)),
        );
    }
    team.refused(1, &["error[SLG-BLUEPRINT-007]", "write more than 16 MiB"]);
}

/// A template, or a blueprint's own text, finds nothing of the machine it is used on.
#[test]
fn the_environment_is_out_of_reach() {
    const CANARY: &str = "canary-7c1f0e";
    let run = |team: &Team| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_slgen"))
            .args(["-C", "orders", "generate"])
            .current_dir(team.path(""))
            .env("NO_COLOR", "1")
            .env("AWS_SECRET_ACCESS_KEY", CANARY)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(CANARY), "{said}");
        (output.status.code().unwrap(), said)
    };
    for template in [
        "{{AWS_SECRET_ACCESS_KEY}}",
        "{{env.AWS_SECRET_ACCESS_KEY}}",
        "{{env \"AWS_SECRET_ACCESS_KEY\"}}",
        "{{@root.env.AWS_SECRET_ACCESS_KEY}}",
        "{{this.env.AWS_SECRET_ACCESS_KEY}}",
        "{{lookup env \"AWS_SECRET_ACCESS_KEY\"}}",
        "{{#with env}}{{AWS_SECRET_ACCESS_KEY}}{{/with}}",
        "{{> /proc/self/environ}}",
        "{{> ../../../../proc/self/environ}}",
    ] {
        let team = Team::new("");
        let text = format!("output \"x\" {{\nvalue = \"{template}\"\n}}\n");
        team.write("acme/templates/x.tf.hbs", &text);
        let (status, said) = run(&team);
        assert_eq!(status, 1, "{template}: {said}");
        assert!(said.contains("SLG-BLUEPRINT-007"), "{template}: {said}");
        assert!(!team.path("orders/infra").exists());
    }
    for value in ["${env.AWS_SECRET_ACCESS_KEY}", "$AWS_SECRET_ACCESS_KEY"] {
        let team = Team::new(&format!("defaults: {{ tags: {{ t: \"{value}\" }} }}\n"));
        let (status, _) = run(&team);
        if status == 0 {
            assert!(!team.generated("locals.tf").contains(CANARY));
        }
    }
    // Terraform's own functions would read it on the machine that plans: what is read back knows no such value.
    let team = Team::new("");
    let text = "output \"x\" {\nvalue = file(\"/proc/self/environ\")\n}\n";
    team.write("acme/templates/x.tf.hbs", text);
    let (status, said) = run(&team);
    // It is no value: nothing of it is in what is said, and what reads files is refused or stays a text.
    assert!(
        status == 1 || team.generated("x.tf").contains("file("),
        "{said}"
    );
}
