//! Callers and agents whose phones speak different codecs.

use hotline::rtp::Codec;

use crate::house::House;

const ALL: [Codec; 3] = [Codec::G722, Codec::Pcma, Codec::Pcmu];

/// A caller of `callers` and an agent of `agents` hear each other; the codec of the agent's phone.
async fn agents_codec(callers: &[Codec], agents: &[Codec]) -> Option<Codec> {
    let house = House::open().await;
    house.talk_in(callers, agents).await.agent.codec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mu_law_caller_and_an_agent_who_speaks_a_law_only_hear_each_other() {
    assert_eq!(agents_codec(&[Codec::Pcmu], &[Codec::Pcma]).await, Some(Codec::Pcma));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_speaks_the_callers_codec_is_offered_it_first() {
    for codec in [Codec::Pcmu, Codec::Pcma] {
        assert_eq!(agents_codec(&[codec], &[Codec::Pcma, Codec::Pcmu]).await, Some(codec), "nothing is transcoded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opus_is_kept_where_both_speak_it_and_recoded_where_one_does_not() {
    assert_eq!(agents_codec(&[Codec::Opus], &[Codec::Pcma, Codec::Opus]).await, Some(Codec::Opus), "both speak it");
    assert_eq!(
        agents_codec(&[Codec::Opus, Codec::Pcmu], &[Codec::Pcma]).await,
        Some(Codec::Pcma),
        "the agent does not"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wideband_is_kept_where_both_speak_it_and_given_up_where_one_does_not() {
    assert_eq!(agents_codec(&ALL, &ALL).await, Some(Codec::G722), "both speak it");
    assert_eq!(agents_codec(&ALL, &[Codec::Pcmu]).await, Some(Codec::Pcmu), "the agent does not");
    assert_eq!(agents_codec(&[Codec::Pcmu], &ALL).await, Some(Codec::Pcmu), "of no use beside a narrowband caller");
}
