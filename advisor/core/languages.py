"""Languages as people type them and as the evidence spells them: ISO 639-3 codes."""

from __future__ import annotations

from typing import Final

from advisor.core.errors import UnknownName

# Source: the ISO 639-3 code tables of SIL International; code, ISO 639-1 code, English name.
_TABLE: Final = """
afr af Afrikaans|amh am Amharic|ara ar Arabic|arb - Standard Arabic|asm as Assamese|aze az Azerbaijani|bel be Belarusian|ben bn Bengali
bos bs Bosnian|bul bg Bulgarian|cat ca Catalan|ces cs Czech|cmn - Mandarin Chinese|cym cy Welsh|dan da Danish
deu de German|ell el Greek|eng en English|est et Estonian|eus eu Basque|fao fo Faroese|fas fa Persian|fin fi Finnish
fra fr French|gle ga Irish|glg gl Galician|guj gu Gujarati|hau ha Hausa|heb he Hebrew|hin hi Hindi|hrv hr Croatian
hun hu Hungarian|hye hy Armenian|ibo ig Igbo|ind id Indonesian|isl is Icelandic|ita it Italian|jav jv Javanese
jpn ja Japanese|kan kn Kannada|kat ka Georgian|kaz kk Kazakh|khm km Khmer|kor ko Korean|lao lo Lao|lav lv Latvian
lit lt Lithuanian|mal ml Malayalam|mar mr Marathi|mkd mk Macedonian|mlt mt Maltese|mon mn Mongolian|msa ms Malay
mya my Burmese|nep ne Nepali|nld nl Dutch|nno nn Norwegian Nynorsk|nob nb Norwegian Bokmål|nor no Norwegian
ori or Oriya|pan pa Punjabi|pol pl Polish|por pt Portuguese|ron ro Romanian|rus ru Russian|sin si Sinhala
slk sk Slovak|slv sl Slovenian|som so Somali|spa es Spanish|sqi sq Albanian|srp sr Serbian|swa sw Swahili
swe sv Swedish|tam ta Tamil|tel te Telugu|tgl tl Tagalog|tha th Thai|tur tr Turkish|ukr uk Ukrainian|urd ur Urdu
uzb uz Uzbek|vie vi Vietnamese|xho xh Xhosa|yor yo Yoruba|yue - Cantonese|zho zh Chinese|zul zu Zulu
"""
_ROWS: Final = [
    entry.split(" ", 2) for line in _TABLE.strip().splitlines() for entry in line.split("|")
]
NAMES: Final = {code: name for code, _, name in _ROWS}
"""ISO 639-3 code to English name, for the languages that people ask about; the evidence holds more codes."""
_BY_WORD: Final = (
    {name.lower(): code for code, _, name in _ROWS}
    | {short: code for code, short, _ in _ROWS if short != "-"}
    | {code: code for code, _, _ in _ROWS}
    # Profiles carry individual languages; these words name a group, and its most written member is meant.
    | {"zh": "cmn", "chinese": "cmn", "ar": "arb", "arabic": "arb", "no": "nob", "norwegian": "nob"}
)


def parse_language(text: str, *, field: str = "language") -> str:
    """The ISO 639-3 code for "deu", "de" or "German"; any other three letters are taken as a code.

    Raises: UnknownName: none of these.
    """
    word = text.strip().lower()
    if code := _BY_WORD.get(word):
        return code
    if len(word) == 3 and word.isascii() and word.isalpha():
        return word
    import difflib  # only on the way to an error

    near = difflib.get_close_matches(word, _BY_WORD, n=2)
    hint = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    raise UnknownName(
        f"{field}: unknown language {text!r}{hint} Type an ISO 639-3 code (deu), a 639-1 code (de) or an English name"
    )
