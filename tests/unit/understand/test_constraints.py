# ruff: noqa: RUF001 - descriptions in Chinese

from __future__ import annotations

import pytest

from advisor.understand.free_text import read_text


def stated(text):
    return read_text(text).constraints.model_dump(exclude_none=True)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("under 15 ms", {"max_latency_ms": 15}),
        ("20 ms p95", {"max_latency_ms": 20}),
        ("a fifth of a second at most", {"max_latency_ms": 200}),
        ("in less than half a second", {"max_latency_ms": 500}),
        ("sub-10ms", {"max_latency_ms": 10}),
        ("p50 10 ms, p95 40 ms", {"max_latency_ms": 40}),
        ("8 gigs of RAM", {"max_memory_gb": 8}),
        ("24GB VRAM", {"max_memory_gb": 24}),
        ("512 MB of memory", {"max_memory_gb": 0.512}),
        ("half a billion params at most", {"max_parameters": 500_000_000}),
        ("at most 150 M parameters", {"max_parameters": 150_000_000}),
        ("nothing bigger than 7B", {"max_parameters": 7_000_000_000}),
        ("<3B", {"max_parameters": 3_000_000_000}),
        ("$2 per 1k requests", {"max_cost_usd_per_1k": 2}),
        ("0.5 cents a document", {"max_cost_usd_per_1k": 5}),
        ("$30 per million queries", {"max_cost_usd_per_1k": 0.03}),
        ("300 labels", {"n_labels": 300}),
        ("about 2k annotated examples", {"n_labels": 2000}),
        ("we hand-labelled 450 of them", {"n_labels": 450}),
        ("must be explainable to the auditor", {"interpretable": True}),
        ("no black boxes", {"interpretable": True}),
        ("nothing may leave our network", {"local_only": True}),
        ("on-prem only", {"local_only": True}),
        ("licence for commercial use", {"commercial_licence": True}),
        ("without a GPU", {"no_gpu": True}),
        ("CPU only", {"no_gpu": True}),
    ],
)
def test_a_limit_said_in_english_is_read(phrase, expected):
    assert stated(f"sentiment of customer reviews, {phrase}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kundenmails nach Thema klassifizieren, höchstens 20,5 ms", {"max_latency_ms": 20.5}),
        ("Kundenmails nach Thema klassifizieren, eine halbe Sekunde maximal", {"max_latency_ms": 500}),
        ("Kundenmails nach Thema klassifizieren, maximal 300 Mio Parameter", {"max_parameters": 300_000_000}),
        ("Kundenmails nach Thema klassifizieren, 1.200 gelabelte Beispiele", {"n_labels": 1200}),
        ("Kundenmails nach Thema klassifizieren, ohne GPU, Daten verlassen nicht unser Haus", {"no_gpu": True, "local_only": True}),
        ("Classer les avis clients par thème, moins de 50 ms", {"max_latency_ms": 50}),
        ("Classer les avis clients par thème, 8 Go de RAM", {"max_memory_gb": 8}),
        ("Classer les avis clients par thème, pas plus de 500 millions de paramètres", {"max_parameters": 500_000_000}),
        ("Classer les avis clients par thème, 800 exemples annotés, sans GPU", {"n_labels": 800, "no_gpu": True}),
        ("Clasificar las reseñas por tema, menos de 100 ms", {"max_latency_ms": 100}),
        ("Clasificar las reseñas por tema, como máximo 300 millones de parámetros", {"max_parameters": 300_000_000}),
        ("Clasificar las reseñas por tema, 500 ejemplos etiquetados y sin GPU", {"n_labels": 500, "no_gpu": True}),
        ("评论情感分类，延迟不超过30毫秒", {"max_latency_ms": 30}),
        ("评论情感分类，内存8GB以内，没有GPU", {"max_memory_gb": 8, "no_gpu": True}),
        ("评论情感分类，参数不超过1亿", {"max_parameters": 100_000_000}),
        ("评论情感分类，三百条标注数据，数据不能离开内网", {"n_labels": 300, "local_only": True}),
        ("评论情感分类，可商用，需要可解释", {"commercial_licence": True, "interpretable": True}),
    ],
)  # fmt: skip
def test_a_limit_said_in_another_language_is_read(text, expected):
    assert stated(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "classify 40 GB of scanned letters by topic",
        "classify support tickets into one of 12 labels",
        "classify 2 million documents a day by topic",
        "we have a GPU and interpretability is not needed; classify news by topic",
        "classify reviews; right now it takes 300 ms with our 70B model",
        "classify reviews for a commercial bank",
        "classify reviews; training takes 20 minutes",
        "classify complaints from the last 30 days by topic, CPU or GPU",
        "classify 10k unlabelled reviews by topic",
        "classify reviews by topic, $0.50 per million tokens today",
    ],
)
def test_what_is_no_limit_is_not_read_as_one(text):
    assert stated(text) == {}


def test_each_limit_names_the_words_it_was_read_from():
    profile = read_text("retrieve FAQ answers under 15 ms on CPU with at most 150 M parameters")
    assert {k: v for k, v in profile.read_from.items() if k.startswith("constraints.")} == {
        "constraints.max_latency_ms": "answers under 15 ms",
        "constraints.max_parameters": "at most 150 M parameters",
        "constraints.no_gpu": "on CPU",
    }


def test_money_of_another_country_is_a_warning_and_not_a_guess():
    profile = read_text("classify reviews by topic, at most 2 euros per 1000 requests")
    assert profile.constraints.max_cost_usd_per_1k is None
    assert "USD" in profile.warnings[0]


def test_examples_per_class_are_multiplied_only_by_a_stated_number_of_classes():
    assert stated("classify mails into 10 classes, 20 labelled examples per class") == {
        "n_labels": 200
    }
    assert stated("classify mails by topic, 20 labelled examples per class") == {}
