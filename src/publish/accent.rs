//! The operator's colour, made legible on our pages.

/// Least contrast of text with what is behind it (WCAG 2.2, 1.4.3).
const CONTRAST_MIN: f64 = 4.5;

/// The darker of the light scheme's grounds.
const LIGHT: [u8; 3] = [0xf3, 0xf0, 0xe9];

/// The lighter of the dark scheme's grounds.
const DARK: [u8; 3] = [0x1f, 0x1d, 0x1a];

/// Steps from a colour to black or white.
const STEPS: u16 = 50;

/// Style rules that set the accent in both schemes. It is mixed with black for the light one and with white
/// for the dark one, as far as legibility asks.
pub fn accent_style(accent: [u8; 3]) -> String {
    let [light, dark] =
        [(LIGHT, 0), (DARK, 255)].map(|(ground, toward)| hex(legible(accent, ground, toward)));
    format!(
        "\n/* The operator's accent. */\n:root {{ --accent: {light}; }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}\n\
         @media print {{ :root {{ --accent: #000; }} }}\n"
    )
}

fn legible(colour: [u8; 3], ground: [u8; 3], toward: u8) -> [u8; 3] {
    let mixed = |step: u16| {
        colour.map(|it| {
            let (from, to) = (u32::from(it), u32::from(toward));
            ((from * u32::from(STEPS - step) + to * u32::from(step)) / u32::from(STEPS)) as u8
        })
    };
    (0..STEPS).map(mixed).find(|it| CONTRAST_MIN <= contrast(*it, ground)).unwrap_or([toward; 3])
}

/// Contrast ratio (WCAG 2.2).
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance (WCAG 2.2).
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|it| {
        let it = f64::from(it) / 255.0;
        if it <= 0.04045 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn hex(colour: [u8; 3]) -> String {
    colour.iter().fold("#".to_owned(), |text, it| format!("{text}{it:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accent_is_legible_on_both_grounds() {
        for accent in [[0; 3], [255; 3], [255, 255, 0], [0x8a, 0x1c, 0x1c], [0, 0, 255], [120, 120, 120]] {
            let (light, dark) = (legible(accent, LIGHT, 0), legible(accent, DARK, 255));
            assert!(CONTRAST_MIN <= contrast(light, LIGHT), "{accent:?}: {light:?}");
            assert!(CONTRAST_MIN <= contrast(dark, DARK), "{accent:?}: {dark:?}");
        }
        assert_eq!(legible([0x8a, 0x1c, 0x1c], LIGHT, 0), [0x8a, 0x1c, 0x1c], "what is legible stays");
        assert!(accent_style([0x8a, 0x1c, 0x1c]).contains("--accent: #8a1c1c;"));
    }
}
