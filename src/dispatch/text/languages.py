"""Language tags (BCP 47) as readers mean them: "de" is German of every country."""

OWN_NAMES = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "cy": "Cymraeg",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "gl": "Galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "nn": "Norsk nynorsk",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "ta": "தமிழ்",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
# Without a script in the tag; Kurdish alone is mostly written in Latin letters.
RIGHT_TO_LEFT = frozenset(
    [
        "ar",
        "arc",
        "ckb",
        "dv",
        "fa",
        "he",
        "ks",
        "lrc",
        "mzn",
        "nqo",
        "pnb",
        "ps",
        "sd",
        "syr",
        "ug",
        "ur",
        "yi",
    ]
)
RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "syrc", "thaa"})
SCRIPT = 4  # letters of a script's subtag, as in ku-Arab


def base(tag: str) -> str:
    """Return the language of a tag without its region: de-AT becomes de."""
    return tag.strip().lower().replace("_", "-").split("-")[0]


def own_name(tag: str) -> str:
    """Return what a language calls itself; its tag where we do not know."""
    return OWN_NAMES.get(base(tag), tag)


def is_other(tag: str, around: str) -> bool:
    """Whether a text is in another language than what is around it."""
    return base(tag) != base(around)


def direction(tag: str) -> str:
    """Return how a language is written, by its script where the tag names it."""
    name, *more = tag.strip().lower().replace("_", "-").split("-")
    script = next((one for one in more if len(one) == SCRIPT and one.isalpha()), "")
    if script:
        return "rtl" if script in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if name in RIGHT_TO_LEFT else "ltr"
