//! Names of labels: unique both ways, ordered, and as JSON.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failure is a failed test"
)]

use medmask_core::{LabelCode, LabelMap, LabelMapError};

fn organs() -> LabelMap {
    let mut labels = LabelMap::new();
    for (name, label) in [("liver", 5), ("spleen", 1), ("vertebrae_L5", 300)] {
        labels.insert(name, label).unwrap();
    }
    labels
}

#[test]
fn names_and_labels_are_unique_both_ways() {
    let mut labels = organs();
    let taken = labels.insert("liver", 9).unwrap_err();
    assert_eq!(taken, LabelMapError::NameTaken { name: "liver".into(), label: 5 });
    let taken = labels.insert("lobe", 5).unwrap_err();
    assert_eq!(taken, LabelMapError::LabelTaken { label: 5, name: "liver".into() });
    for name in ["", "a\0b", "a\nb", "\u{85}"] {
        assert!(
            matches!(labels.insert(name, 9), Err(LabelMapError::InvalidName { .. })),
            "{name:?}"
        );
    }
    assert_eq!(labels, organs());
}

#[test]
fn background_may_have_a_name() {
    let mut labels = organs();
    labels.insert("air", 0).unwrap();
    assert_eq!((labels.get("air"), labels.name(0), labels.len()), (Some(0), Some("air"), 4));
    assert!(matches!(labels.insert("nothing", 0), Err(LabelMapError::LabelTaken { label: 0, .. })));
    assert_eq!(labels.to_json(), r#"{"liver":5,"spleen":1,"vertebrae_L5":300,"air":0}"#);
    assert_eq!(LabelMap::from_json(&labels.to_json()).unwrap(), labels);
    let colours = labels.entries().map(|entry| (entry.label(), entry.colour_or_distinct()[3]));
    assert_eq!(colours.collect::<Vec<_>>(), [(5, 255), (1, 255), (300, 255), (0, 0)]);

    assert_eq!(labels.remove_background().as_deref(), Some("air"));
    assert_eq!(labels, organs());
    assert_eq!(labels.remove_background(), None);
}

#[test]
fn renaming_keeps_place_and_removing_frees_both() {
    let mut labels = organs();
    labels.rename("liver", "Leber ü").unwrap();
    assert_eq!(labels.iter().next(), Some(("Leber ü", 5)));
    assert_eq!(labels.get("liver"), None);
    assert!(labels.rename("spleen", "Leber ü").is_err());
    labels.rename("spleen", "spleen").unwrap();
    assert_eq!(labels.remove("Leber ü").unwrap(), 5);
    assert_eq!((labels.name(5), labels.get("Leber ü"), labels.len()), (None, None, 2));
    labels.insert("liver", 5).unwrap();
    let order: Vec<_> = labels.iter().collect();
    assert_eq!(order, [("spleen", 1), ("vertebrae_L5", 300), ("liver", 5)]);
}

#[test]
fn unknown_names_suggest_the_nearest() {
    let labels = organs();
    assert_eq!(
        labels.require("vertebra_L5").unwrap_err().to_string(),
        "no label has the name \"vertebra_L5\"; did you mean \"vertebrae_L5\"?"
    );
    assert_eq!(
        labels.require("pancreas").unwrap_err().to_string(),
        "no label has the name \"pancreas\""
    );
    assert_eq!(labels.nearest_name("Liver"), Some("liver"));
}

#[test]
fn json_keeps_order_and_refuses_what_is_not_unique() {
    let labels = organs();
    assert_eq!(labels.to_json(), r#"{"liver":5,"spleen":1,"vertebrae_L5":300}"#);
    assert_eq!(LabelMap::from_json(&labels.to_json()).unwrap(), labels);
    for bad in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"b":1}"#,
        r#"{"a":-1}"#,
        r#"{"a":1.5}"#,
        r#"{"":1}"#,
        r#"{"a":4294967296}"#,
        r#"["a"]"#,
        "",
        r#"{"a":1"#,
    ] {
        assert!(LabelMap::from_json(bad).is_err(), "{bad}");
    }
}

#[test]
fn colours_and_codes_survive_serde_only() {
    let mut labels = organs();
    let code =
        LabelCode { scheme: "SCT".into(), value: "10200004".into(), meaning: "Liver".into() };
    labels.set_colour(5, Some([180, 90, 60, 255])).unwrap();
    labels.set_code(5, Some(code)).unwrap();
    assert!(labels.set_colour(6, None).is_err());
    let text = serde_json::to_string(&labels).unwrap();
    assert_eq!(serde_json::from_str::<LabelMap>(&text).unwrap(), labels);
    assert_eq!(LabelMap::from_json(&text).unwrap(), labels);
    assert_eq!(LabelMap::from_json(&labels.to_json()).unwrap(), organs());
}

#[test]
fn sixty_five_thousand_labels() {
    let mut labels = LabelMap::new();
    for label in 1..=65_000 {
        labels.insert(format!("structure_{label}"), label).unwrap();
    }
    for label in (1..=65_000).step_by(2) {
        assert_eq!(labels.remove(&format!("structure_{label}")).unwrap(), label);
    }
    assert_eq!(labels.len(), 32_500);
    assert!(labels.iter().all(|(name, label)| labels.get(name) == Some(label)));
    assert_eq!(LabelMap::from_json(&labels.to_json()).unwrap(), labels);
}

#[test]
fn labels_without_a_name_get_one_that_is_free() {
    let mut labels = organs();
    labels.insert("label_7", 2).unwrap();
    labels.insert("label_7_2", 3).unwrap();
    let made = labels.name_unnamed([0, 9, 5, 7, 9]);
    let made: Vec<_> = made.iter().map(|entry| (entry.name(), entry.label())).collect();
    assert_eq!(made, [("label_9", 9), ("label_7_3", 7)]);
    assert_eq!(labels.iter().skip(5).collect::<Vec<_>>(), made);
    assert_eq!(labels.name(0), None);

    // What the map holds is found, however much there is.
    let made = labels.name_unnamed(1..=70_000);
    assert_eq!((made.len(), labels.len()), (70_000 - 7, 70_000));
    assert_eq!(labels.name(70_000), Some("label_70000"));
}
