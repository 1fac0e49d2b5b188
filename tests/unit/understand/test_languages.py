from __future__ import annotations

import pytest

from advisor.understand.free_text import read_text
from advisor.understand.languages import written_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We want to sort the tickets that come in", "eng"),
        ("Wir wollen die eingehenden Tickets sortieren", "deu"),
        ("Nous voulons trier les demandes des clients", "fra"),
        ("Queremos ordenar las solicitudes de los clientes", "spa"),
        ("Vogliamo ordinare le richieste dei clienti e gli ordini", "ita"),
        ("Queremos ordenar os pedidos dos clientes e não sabemos como", "por"),
        ("We willen de vragen van onze klanten indelen", "nld"),
        ("我们想对客户的问题进行分类", "cmn"),
        ("顧客からの問い合わせを分類したい", "jpn"),
        ("고객 문의를 분류하고 싶습니다", "kor"),
        ("Мы хотим сортировать обращения", "rus"),
        ("Ми хочемо сортувати звернення їхніх клієнтів", "ukr"),
        ("نريد تصنيف رسائل العملاء", "arb"),
        ("12345", None),
    ],
)
def test_the_language_a_text_is_written_in_is_told(text, code):
    assert written_in(text) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("classify support tickets by topic", []),
        ("classify German support tickets by topic", ["deu"]),
        ("classify speeches in the Bundestag by topic", ["deu"]),
        ("classify Arabic and Norwegian reviews by topic", ["arb", "nob"]),
        ("classify reviews in English from our German customers", ["eng"]),
        ("translate manuals EN->DE", ["deu", "eng"]),
        ("classify polished reviews by topic", []),
        ("bash commands from plain English", []),
        ("Kundenmails nach Thema klassifizieren", ["deu"]),
        ("englische Kundenmails nach Thema klassifizieren", ["eng"]),
        ("Kundenmails nach Thema klassifizieren, manche auch auf Englisch", ["deu", "eng"]),
        ("把中文合同翻译成英文", ["cmn", "eng"]),
        ("semantic search in Swiss German chat messages", ["gsw"]),
    ],
)
def test_the_languages_of_the_data_are_those_named_or_implied(text, codes):
    assert read_text(text).languages == codes
