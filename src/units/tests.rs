use proptest::prelude::*;

use super::*;

fn value(text: &str, dimension: Dimension) -> f64 {
    parse_as(text, dimension).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn data_rates_are_read_in_every_spelling_that_people_use() {
    for text in [
        "50 GB/s",
        "50GB/s",
        "50 GBps",
        "400 Gbit/s",
        "400 Gbps",
        "400Gb/s",
        "50 GB / s",
        "50 GB/second",
        "50 gigabyte/second",
        "50 gigabytes per second",
        "0.05 TB/s",
        "50e9 B/s",
        "50_000 MB/s",
    ] {
        assert_eq!(value(text, Dimension::DataRate), 50e9, "{text}");
    }
    assert_eq!(value("1.6 TB/s", Dimension::DataRate), 1.6e12);
}

#[test]
fn decimal_numbers_keep_their_last_bit() {
    assert_eq!(value("3.35 TB/s", Dimension::DataRate), 3.35e12);
    assert_eq!(value("494.5 TFLOP/s", Dimension::WorkRate), 494.5e12);
    assert_eq!(value("0.12 USD/kWh", Dimension::EnergyPrice), 0.12);
    assert_eq!(value("287.6 g/kWh", Dimension::CarbonIntensity), 287.6);
    assert_eq!(value("2.49 USD/h", Dimension::HourlyPrice), 2.49);
    assert_eq!(value("$2.49/h", Dimension::HourlyPrice), 2.49);
    assert_eq!(value("1.5 µs", Dimension::Time), 1.5e-6);
}

#[test]
fn sizes_work_and_time() {
    assert_eq!(value("80 GiB", Dimension::Data), 80.0 * 1073741824.0);
    assert_eq!(value("150 kB", Dimension::Data), 150e3);
    assert_eq!(value("150 KB", Dimension::Data), 150e3);
    for text in
        ["989 TFLOP/s", "989 TFLOPs/s", "989 TFLOPS", "989 TFLOPS/s", "989 TOPS", "989 teraflops/second"]
    {
        assert_eq!(value(text, Dimension::WorkRate), 989e12, "{text}");
    }
    assert_eq!(value("16 GFLOPs", Dimension::Work), 16e9);
    assert_eq!(value("30 min", Dimension::Time), 1800.0);
    assert_eq!(value("2 h", Dimension::Time), 7200.0);
    assert_eq!(value("14 days", Dimension::Time), 1_209_600.0);
    assert_eq!(value("2 ms", Dimension::Time), 2e-3);
    assert_eq!(value("2us", Dimension::Time), 2e-6);
    assert_eq!(value("4/s", Dimension::Rate), 4.0);
    assert_eq!(value("4 req/s", Dimension::Rate), 4.0);
    assert_eq!(value("700 W", Dimension::Power), 700.0);
    assert_eq!(value("1.0e12", Dimension::Ratio), 1e12);
    assert_eq!(value("1_000", Dimension::Ratio), 1000.0);
    assert_eq!(value("60 %", Dimension::Ratio), 0.6);
    assert_eq!(value("1 kWh", Dimension::Energy), 3.6e6);
    assert_eq!(value("2 EB", Dimension::Data), 2e18);
    assert_eq!(value("3 t CO2e", Dimension::Carbon), 3000.0);
}

#[test]
fn errors_name_both_dimensions_or_the_nearest_unit() {
    let message = |text, dimension| parse_as(text, dimension).unwrap_err().to_string();
    assert_eq!(
        message("50 W", Dimension::DataRate),
        "`50 W` is power, the field wants a data rate such as `50 GB/s`"
    );
    assert_eq!(message("50 gb/s", Dimension::DataRate), "unknown unit `gb`; did you mean `GB`?");
    assert_eq!(message("50 minx", Dimension::Time), "unknown unit `minx`; did you mean `min`?");
    assert_eq!(message("fast", Dimension::DataRate), "`fast` does not start with a number");
    assert_eq!(message("", Dimension::DataRate), "a quantity is missing");
    assert!(message("5 GB*s", Dimension::Data).contains("do not combine"));
    assert!(message("1e9999 GB", Dimension::Data).contains("too large"));
    assert!(message("5", Dimension::DataRate).contains("plain number"));
    assert!(message("5 GB", Dimension::Ratio).contains("a number without a unit"));
}

#[test]
fn numbers_are_shown_with_the_prefix_that_fits() {
    assert_eq!(format_bytes(141.2e9), "141.2 GB");
    assert_eq!(format_bytes(85_899_345_920.0), "85.9 GB");
    assert_eq!(format_bytes(999_960.0), "1 MB");
    assert_eq!(format_rate(3.35e12), "3.35 TB/s");
    assert_eq!(format_flop_rate(989e12), "989 TFLOP/s");
    assert_eq!(format_power(10_200.0), "10.2 kW");
    assert_eq!(format_count(8.03e9), "8.03 G");
    assert_eq!(format_count(12.0), "12");
    assert_eq!(format_seconds(0.0), "0 s");
    assert_eq!(format_seconds(1.5e-6), "1.5 µs");
    assert_eq!(format_seconds(0.0382), "38.2 ms");
    assert_eq!(format_seconds(90.0), "90 s");
    assert_eq!(format_seconds(1800.0), "30 min");
    assert_eq!(format_seconds(86_400.0), "24 h");
    assert_eq!(format_seconds(30.0 * 86_400.0), "30 days");
    assert_eq!(format_usd(37_100.0), "$37.1k");
    assert_eq!(format_usd(1.5e9), "$1.5B");
    assert_eq!(format_usd(12.34), "$12.34");
    assert_eq!(format_usd(-12.0), "-$12");
    assert_eq!(format_usd(0.0042), "$0.0042");
    assert_eq!(format_percent(0.387), "38.7%");
    assert_eq!(format_percent(1.77), "177%");
    assert_eq!(format_percent(0.0005), "0.05%");
}

#[test]
fn what_is_no_number_is_shown_as_such() {
    let formats: [fn(f64) -> String; 5] =
        [format_bytes, format_seconds, format_usd, format_percent, format_count];
    for format in formats {
        assert_eq!(format(f64::NAN), "n/a");
        assert_eq!(format(f64::INFINITY), "∞");
        assert!(!format(f64::MAX).is_empty() && !format(f64::MIN_POSITIVE).is_empty());
    }
}

#[test]
fn typed_divisions_give_what_the_units_say() {
    assert!((ridge_flop_per_byte(989e12, 3.35e12) - 295.2238).abs() < 1e-3);
    assert!((transfer_s(140e9, 3.35e12) - 0.041_791).abs() < 1e-6);
    assert!((compute_s(989e12, 989e12) - 1.0).abs() < 1e-12);
    assert!((energy_kwh(700.0, 3600.0) - 0.7).abs() < 1e-12);
    assert!((rent_usd(2.5, 10.0) - 25.0).abs() < 1e-9);
    assert!((usd_per_million_tokens(3.6, 1000.0) - 1.0).abs() < 1e-9);
    assert!((carbon_kg(1000.0, 20.0) - 20.0).abs() < 1e-9);
    assert!(ridge_flop_per_byte(1.0, 0.0).is_infinite());
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,160}") {
        let _ = parse(&text);
    }

    #[test]
    fn reading_number_like_text_never_panics(text in "[-+$0-9._eEkKMGTPEBbips/ *per%hWµ·]{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_shown_reads_back(exponent in -8.0..20.0f64, negative in any::<bool>()) {
        let number = 10f64.powf(exponent) * if negative { -1.0 } else { 1.0 };
        let near = |text: String, dimension| {
            let back = parse_as(&text, dimension).unwrap_or_else(|error| panic!("{text}: {error}"));
            prop_assert!((back - number).abs() <= 0.0051 * number.abs(), "{number} -> {text} -> {back}");
            Ok(())
        };
        near(format_bytes(number), Dimension::Data)?;
        near(format_rate(number), Dimension::DataRate)?;
        near(format_flop_rate(number), Dimension::WorkRate)?;
        near(format_seconds(number), Dimension::Time)?;
        near(format_power(number), Dimension::Power)?;
    }
}
