//! An estimate of how a leg was heard (ITU-T G.107, simplified for narrowband, as RFC 3611 4.7.5 uses it).

/// R of a perfect narrowband call.
const R_DEFAULT: f32 = 93.2;
/// Robustness of G.711 with loss concealment against random loss (ITU-T G.113 appendix I).
const LOSS_ROBUSTNESS: f32 = 25.1;
/// Delay beyond which talking over each other begins (G.107 simplified).
const TURN_TAKING_MS: f32 = 177.3;
/// Packetisation and play-out that every call has.
const BASE_DELAY_MS: f32 = 40.0;

/// Mean opinion score, 1.0 to 4.5, of a stream with `loss` (0 to 1), `jitter_ms` and, where known, `round_trip_ms`.
pub fn mean_opinion_score(loss: f32, jitter_ms: f32, round_trip_ms: Option<f32>) -> f32 {
    let delay = round_trip_ms.unwrap_or(0.0) / 2.0 + 2.0 * jitter_ms + BASE_DELAY_MS;
    let delay_impairment = 0.024 * delay + 0.11 * (delay - TURN_TAKING_MS).max(0.0);
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    let loss_impairment = 95.0 * percent / (percent + LOSS_ROBUSTNESS);
    let r = (R_DEFAULT - delay_impairment - loss_impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_model() {
        let rows = [
            (0.0, 0.0, None, 4.38),
            (0.01, 5.0, Some(40.0), 4.27),
            (0.05, 10.0, Some(100.0), 3.81),
            (1.0, 0.0, None, 1.15),
        ];
        for (loss, jitter, round_trip, expected) in rows {
            let score = mean_opinion_score(loss, jitter, round_trip);
            assert!((score - expected).abs() < 0.06, "{loss} {jitter} {round_trip:?}: {score}, expected {expected}");
        }
        assert!(mean_opinion_score(0.0, 0.0, Some(800.0)) < mean_opinion_score(0.0, 0.0, Some(200.0)));
    }
}
