"""What the carrier's markup allows: verbs, attributes, values and nesting, as data.

Made by tests/hotline/phone/twiml_from_npm.py from npm `twilio` 6.2.0, lib/twiml; not edited by hand.
Voices of languages the line does not speak are left out. May not: hold code."""

CHOICES: dict[str, frozenset[str]] = {
    "DialEvents": frozenset(
        """
    call-progress-event
    """.split()
    ),
    "DialRecord": frozenset(
        """
    do-not-record record-from-answer record-from-ringing record-from-answer-dual record-from-ringing-dual
    """.split()
    ),
    "DialRecordingEvent": frozenset(
        """
    in-progress completed absent
    """.split()
    ),
    "DialRecordingTrack": frozenset(
        """
    both inbound outbound
    """.split()
    ),
    "DialRingTone": frozenset(
        """
    at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz ph pl pt ru se sg th
    uk us us-old tw ve za
    """.split()
    ),
    "DialTrim": frozenset(
        """
    trim-silence do-not-trim
    """.split()
    ),
    "GatherInput": frozenset(
        """
    dtmf speech
    """.split()
    ),
    "GatherLanguage": frozenset(
        """
    af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-OM ar-PS ar-QA ar-SA ar-TN
    az-AZ bg-BG bn-BD bn-IN ca-ES cs-CZ da-DK de-DE el-GR en-AU en-CA en-GB en-GH en-IE en-IN en-KE en-NG
    en-NZ en-PH en-SG en-TZ en-US en-ZA es-AR es-BO es-CL es-CO es-CR es-DO es-EC es-ES es-GT es-HN es-MX
    es-NI es-PA es-PE es-PR es-PY es-SV es-US es-UY es-VE et-EE eu-ES fa-IR fi-FI fil-PH fr-CA fr-FR gl-ES
    gu-IN he-IL hi-IN hr-HR hu-HU hy-AM id-ID is-IS it-IT ja-JP jv-ID ka-GE km-KH kn-IN ko-KR lo-LA lt-LT
    lv-LV mk-MK ml-IN mn-MN mr-IN ms-MY my-MM nar-IQ nb-NO ne-NP nl-BE nl-NL pa-guru-IN pl-PL pt-BR pt-PT
    ro-RO ru-RU si-LK sk-SK sl-SI sq-AL sr-RS su-ID sv-SE sw-KE sw-TZ ta-IN ta-LK ta-MY ta-SG te-IN th-TH
    tr-TR uk-UA ur-IN ur-PK uz-UZ vi-VN yue-Hant-HK zh cmn-Hans-CN zh-TW cmn-Hant-TW zu-ZA
    """.split()
    ),
    "NumberEvent": frozenset(
        """
    initiated ringing answered completed
    """.split()
    ),
    "RecordRecordingEvent": frozenset(
        """
    in-progress completed absent
    """.split()
    ),
    "RecordTrim": frozenset(
        """
    trim-silence do-not-trim
    """.split()
    ),
    "RejectReason": frozenset(
        """
    rejected busy
    """.split()
    ),
    "SayLanguage": frozenset(
        """
    af-ZA am-ET ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en-AU
    en-CA en-GB en-GB-WLS en-IE en-IN en-NZ en-US en-ZA es-ES es-MX es-US fi-FI fil-PH fr-CA fr-FR fr-BE
    gu-IN he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE nl-NL
    pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN
    zh-HK zh-TW
    """.split()
    ),
    "SayVoice": frozenset(
        """
    man woman alice Google.en-AU-Chirp3-HD-Aoede Google.en-AU-Chirp3-HD-Charon
    Google.en-AU-Chirp3-HD-Fenrir Google.en-AU-Chirp3-HD-Kore Google.en-AU-Chirp3-HD-Leda
    Google.en-AU-Chirp3-HD-Orus Google.en-AU-Chirp3-HD-Puck Google.en-AU-Chirp3-HD-Zephyr
    Google.en-AU-Neural2-A Google.en-AU-Neural2-B Google.en-AU-Neural2-C Google.en-AU-Neural2-D
    Google.en-AU-Standard-A Google.en-AU-Standard-B Google.en-AU-Standard-C Google.en-AU-Standard-D
    Google.en-AU-Wavenet-A Google.en-AU-Wavenet-B Google.en-AU-Wavenet-C Google.en-AU-Wavenet-D
    Google.en-GB-Chirp3-HD-Aoede Google.en-GB-Chirp3-HD-Charon Google.en-GB-Chirp3-HD-Fenrir
    Google.en-GB-Chirp3-HD-Kore Google.en-GB-Chirp3-HD-Leda Google.en-GB-Chirp3-HD-Orus
    Google.en-GB-Chirp3-HD-Puck Google.en-GB-Chirp3-HD-Zephyr Google.en-GB-Neural2-A
    Google.en-GB-Neural2-B Google.en-GB-Neural2-C Google.en-GB-Neural2-D Google.en-GB-Neural2-F
    Google.en-GB-Neural2-N Google.en-GB-Neural2-O Google.en-GB-Standard-A Google.en-GB-Standard-B
    Google.en-GB-Standard-C Google.en-GB-Standard-D Google.en-GB-Standard-F Google.en-GB-Standard-N
    Google.en-GB-Standard-O Google.en-GB-Wavenet-A Google.en-GB-Wavenet-B Google.en-GB-Wavenet-C
    Google.en-GB-Wavenet-D Google.en-GB-Wavenet-F Google.en-GB-Wavenet-N Google.en-GB-Wavenet-O
    Google.en-IN-Chirp3-HD-Aoede Google.en-IN-Chirp3-HD-Charon Google.en-IN-Chirp3-HD-Fenrir
    Google.en-IN-Chirp3-HD-Kore Google.en-IN-Chirp3-HD-Leda Google.en-IN-Chirp3-HD-Orus
    Google.en-IN-Chirp3-HD-Puck Google.en-IN-Chirp3-HD-Zephyr Google.en-IN-Neural2-A
    Google.en-IN-Neural2-B Google.en-IN-Neural2-C Google.en-IN-Neural2-D Google.en-IN-Standard-A
    Google.en-IN-Standard-B Google.en-IN-Standard-C Google.en-IN-Standard-D Google.en-IN-Standard-E
    Google.en-IN-Standard-F Google.en-IN-Wavenet-A Google.en-IN-Wavenet-B Google.en-IN-Wavenet-C
    Google.en-IN-Wavenet-D Google.en-IN-Wavenet-E Google.en-IN-Wavenet-F Google.en-US-Chirp3-HD-Aoede
    Google.en-US-Chirp3-HD-Charon Google.en-US-Chirp3-HD-Fenrir Google.en-US-Chirp3-HD-Kore
    Google.en-US-Chirp3-HD-Leda Google.en-US-Chirp3-HD-Orus Google.en-US-Chirp3-HD-Puck
    Google.en-US-Chirp3-HD-Zephyr Google.en-US-Neural2-A Google.en-US-Neural2-C Google.en-US-Neural2-D
    Google.en-US-Neural2-E Google.en-US-Neural2-F Google.en-US-Neural2-G Google.en-US-Neural2-H
    Google.en-US-Neural2-I Google.en-US-Neural2-J Google.en-US-Standard-A Google.en-US-Standard-B
    Google.en-US-Standard-C Google.en-US-Standard-D Google.en-US-Standard-E Google.en-US-Standard-F
    Google.en-US-Standard-G Google.en-US-Standard-H Google.en-US-Standard-I Google.en-US-Standard-J
    Google.en-US-Wavenet-A Google.en-US-Wavenet-B Google.en-US-Wavenet-C Google.en-US-Wavenet-D
    Google.en-US-Wavenet-E Google.en-US-Wavenet-F Google.en-US-Wavenet-G Google.en-US-Wavenet-H
    Google.en-US-Wavenet-I Google.en-US-Wavenet-J Google.es-ES-Chirp3-HD-Aoede
    Google.es-ES-Chirp3-HD-Charon Google.es-ES-Chirp3-HD-Fenrir Google.es-ES-Chirp3-HD-Kore
    Google.es-ES-Chirp3-HD-Leda Google.es-ES-Chirp3-HD-Orus Google.es-ES-Chirp3-HD-Puck
    Google.es-ES-Chirp3-HD-Zephyr Google.es-ES-Neural2-A Google.es-ES-Neural2-B Google.es-ES-Neural2-C
    Google.es-ES-Neural2-D Google.es-ES-Neural2-E Google.es-ES-Neural2-F Google.es-ES-Neural2-G
    Google.es-ES-Neural2-H Google.es-ES-Standard-A Google.es-ES-Standard-B Google.es-ES-Standard-C
    Google.es-ES-Standard-D Google.es-ES-Standard-E Google.es-ES-Standard-F Google.es-ES-Standard-G
    Google.es-ES-Standard-H Google.es-ES-Wavenet-B Google.es-ES-Wavenet-C Google.es-ES-Wavenet-D
    Google.es-ES-Wavenet-E Google.es-ES-Wavenet-F Google.es-ES-Wavenet-G Google.es-ES-Wavenet-H
    Google.es-US-Chirp3-HD-Aoede Google.es-US-Chirp3-HD-Charon Google.es-US-Chirp3-HD-Fenrir
    Google.es-US-Chirp3-HD-Kore Google.es-US-Chirp3-HD-Leda Google.es-US-Chirp3-HD-Orus
    Google.es-US-Chirp3-HD-Puck Google.es-US-Chirp3-HD-Zephyr Google.es-US-Neural2-A
    Google.es-US-Neural2-B Google.es-US-Neural2-C Google.es-US-Standard-A Google.es-US-Standard-B
    Google.es-US-Standard-C Google.es-US-Wavenet-A Google.es-US-Wavenet-B Google.es-US-Wavenet-C
    Polly.Aditi Polly.Amy Polly.Astrid Polly.Bianca Polly.Brian Polly.Camila Polly.Carla Polly.Carmen
    Polly.Celine Polly.Chantal Polly.Conchita Polly.Cristiano Polly.Dora Polly.Emma Polly.Enrique
    Polly.Ewa Polly.Filiz Polly.Geraint Polly.Giorgio Polly.Gwyneth Polly.Hans Polly.Ines Polly.Ivy
    Polly.Jacek Polly.Jan Polly.Joanna Polly.Joey Polly.Justin Polly.Karl Polly.Kendra Polly.Kevin
    Polly.Kimberly Polly.Lea Polly.Liv Polly.Lotte Polly.Lucia Polly.Lupe Polly.Mads Polly.Maja
    Polly.Marlene Polly.Mathieu Polly.Matthew Polly.Maxim Polly.Mia Polly.Miguel Polly.Mizuki Polly.Naja
    Polly.Nicole Polly.Penelope Polly.Raveena Polly.Ricardo Polly.Ruben Polly.Russell Polly.Salli
    Polly.Seoyeon Polly.Takumi Polly.Tatyana Polly.Vicki Polly.Vitoria Polly.Zeina Polly.Zhiyu
    Polly.Adriano-Neural Polly.Amy-Neural Polly.Andres-Neural Polly.Aria-Neural Polly.Arlet-Neural
    Polly.Arthur-Neural Polly.Ayanda-Neural Polly.Bianca-Neural Polly.Brian-Neural Polly.Burcu-Neural
    Polly.Camila-Neural Polly.Daniel-Neural Polly.Danielle-Neural Polly.Elin-Neural Polly.Emma-Neural
    Polly.Gabrielle-Neural Polly.Gregory-Neural Polly.Hala-Neural Polly.Hannah-Neural Polly.Hiujin-Neural
    Polly.Ida-Neural Polly.Ines-Neural Polly.Isabelle-Neural Polly.Ivy-Neural Polly.Joanna-Neural
    Polly.Joey-Neural Polly.Justin-Neural Polly.Kajal-Neural Polly.Kazuha-Neural Polly.Kendra-Neural
    Polly.Kevin-Neural Polly.Kimberly-Neural Polly.Laura-Neural Polly.Lea-Neural Polly.Liam-Neural
    Polly.Lisa-Neural Polly.Lucia-Neural Polly.Lupe-Neural Polly.Matthew-Neural Polly.Mia-Neural
    Polly.Niamh-Neural Polly.Ola-Neural Polly.Olivia-Neural Polly.Pedro-Neural Polly.Remi-Neural
    Polly.Ruth-Neural Polly.Salli-Neural Polly.Seoyeon-Neural Polly.Sergio-Neural Polly.Sofie-Neural
    Polly.Stephen-Neural Polly.Suvi-Neural Polly.Takumi-Neural Polly.Thiago-Neural Polly.Tomoko-Neural
    Polly.Vicki-Neural Polly.Vitoria-Neural Polly.Zayd-Neural Polly.Zhiyu-Neural Polly.Amy-Generative
    Polly.Andres-Generative Polly.Ayanda-Generative Polly.Bianca-Generative Polly.Daniel-Generative
    Polly.Danielle-Generative Polly.Joanna-Generative Polly.Kajal-Generative Polly.Lea-Generative
    Polly.Lucia-Generative Polly.Lupe-Generative Polly.Matthew-Generative Polly.Mía-Generative
    Polly.Olivia-Generative Polly.Pedro-Generative Polly.Rémi-Generative Polly.Ruth-Generative
    Polly.Sergio-Generative Polly.Stephen-Generative Polly.Vicki-Generative
    """.split()
    ),
    "SsmlBreakStrength": frozenset(
        """
    none x-weak weak medium strong x-strong
    """.split()
    ),
    "SsmlEmphasisLevel": frozenset(
        """
    strong moderate reduced
    """.split()
    ),
    "SsmlLangXmlLang": frozenset(
        """
    arb ar-AE ca-ES cmn-CN cy-GB da-DK de-DE de-AT en-AU en-GB en-GB-WLS en-IN en-NZ en-US en-ZA es-ES
    es-MX es-US fi-FI fr-CA fr-FR he-IL hi-IN is-IS it-IT ja-JP ko-KR nb-NO nl-NL pl-PL pt-BR pt-PT ro-RO
    ru-RU sv-SE tr-TR yue-CN
    """.split()
    ),
    "SsmlPhonemeAlphabet": frozenset(
        """
    ipa x-sampa x-amazon-jyutping x-amazon-pinyin x-amazon-pron-kana x-amazon-yomigana
    """.split()
    ),
    "SsmlSayAsFormat": frozenset(
        """
    mdy dmy ymd md dm ym my d m y yyyymmdd
    """.split()
    ),
    "SsmlSayAsInterpretAs": frozenset(
        """
    characters spell-out cardinal number ordinal digits fraction unit date time address expletive
    telephone
    """.split()
    ),
}
VOICE_ATTRIBUTES: dict[str, dict[str, str]] = {
    "Response": {},
    "Say": {
        "language": "SayLanguage",
        "loop": "number",
        "voice": "SayVoice",
    },
    "Play": {
        "digits": "string",
        "loop": "number",
    },
    "Pause": {
        "length": "number",
    },
    "Gather": {
        "action": "string",
        "actionOnEmptyResult": "boolean",
        "bargeIn": "boolean",
        "debug": "boolean",
        "enhanced": "boolean",
        "finishOnKey": "string",
        "hints": "string",
        "input": "GatherInput[]",
        "language": "GatherLanguage",
        "maxSpeechTime": "number",
        "method": "string",
        "numDigits": "number",
        "partialResultCallback": "string",
        "partialResultCallbackMethod": "string",
        "profanityFilter": "boolean",
        "speechModel": "string",
        "speechTimeout": "string",
        "timeout": "number",
    },
    "Redirect": {
        "method": "string",
    },
    "Hangup": {},
    "Reject": {
        "reason": "RejectReason",
    },
    "Dial": {
        "action": "string",
        "answerOnBridge": "boolean",
        "callerId": "string",
        "events": "DialEvents",
        "hangupOnStar": "boolean",
        "method": "string",
        "passports": "string",
        "record": "DialRecord",
        "recordingConfigurationId": "string",
        "recordingStatusCallback": "string",
        "recordingStatusCallbackEvent": "DialRecordingEvent[]",
        "recordingStatusCallbackMethod": "string",
        "recordingTrack": "DialRecordingTrack",
        "referMethod": "string",
        "referUrl": "string",
        "ringTone": "DialRingTone",
        "sequential": "boolean",
        "timeLimit": "number",
        "timeout": "number",
        "trim": "DialTrim",
    },
    "Number": {
        "amdStatusCallback": "string",
        "amdStatusCallbackMethod": "string",
        "byoc": "string",
        "machineDetection": "string",
        "machineDetectionSilenceTimeout": "number",
        "machineDetectionSpeechEndThreshold": "number",
        "machineDetectionSpeechThreshold": "number",
        "machineDetectionTimeout": "number",
        "method": "string",
        "sendDigits": "string",
        "statusCallback": "string",
        "statusCallbackEvent": "NumberEvent[]",
        "statusCallbackMethod": "string",
        "url": "string",
    },
    "Record": {
        "action": "string",
        "finishOnKey": "string",
        "maxLength": "number",
        "method": "string",
        "playBeep": "boolean",
        "recordingConfigurationId": "string",
        "recordingStatusCallback": "string",
        "recordingStatusCallbackEvent": "RecordRecordingEvent[]",
        "recordingStatusCallbackMethod": "string",
        "timeout": "number",
        "transcribe": "boolean",
        "transcribeCallback": "string",
        "trim": "RecordTrim",
    },
    "break": {
        "strength": "SsmlBreakStrength",
        "time": "string",
    },
    "say-as": {
        "format": "SsmlSayAsFormat",
        "interpret-as": "SsmlSayAsInterpretAs",
    },
    "prosody": {
        "pitch": "string",
        "rate": "string",
        "volume": "string",
    },
    "emphasis": {
        "level": "SsmlEmphasisLevel",
    },
    "p": {},
    "s": {},
    "phoneme": {
        "alphabet": "SsmlPhonemeAlphabet",
        "ph": "string",
    },
    "sub": {
        "alias": "string",
    },
    "w": {
        "role": "string",
    },
    "lang": {
        "xml:lang": "SsmlLangXmlLang",
    },
}
VOICE_NESTING: dict[str, str] = {
    "Response": "Dial Gather Hangup Pause Play Record Redirect Reject Say",
    "Say": "break emphasis lang p phoneme prosody s say-as sub w",
    "Play": "",
    "Pause": "",
    "Gather": "Pause Play Say",
    "Redirect": "",
    "Hangup": "",
    "Reject": "",
    "Dial": "Number",
    "Number": "",
    "Record": "",
    "break": "",
    "say-as": "",
    "prosody": "break emphasis lang p phoneme prosody s say-as sub w",
    "emphasis": "break emphasis lang phoneme prosody say-as sub w",
    "p": "break emphasis lang phoneme prosody s say-as sub w",
    "s": "break emphasis lang phoneme prosody say-as sub w",
    "phoneme": "",
    "sub": "",
    "w": "break emphasis phoneme prosody say-as sub",
    "lang": "break emphasis lang p phoneme prosody s say-as sub w",
}
SMS_ATTRIBUTES: dict[str, dict[str, str]] = {
    "Response": {},
    "Message": {
        "action": "string",
        "from": "string",
        "method": "string",
        "statusCallback": "string",
        "to": "string",
    },
    "Redirect": {
        "method": "string",
    },
    "Body": {},
    "Media": {},
}
SMS_NESTING: dict[str, str] = {
    "Response": "Message Redirect",
    "Message": "Body Media",
    "Redirect": "",
    "Body": "",
    "Media": "",
}
