"""Every metric that a table of ours may hold: its unit, its direction, its limits and its chance level."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final, Literal, cast

from advisor.core.errors import UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What a number under this metric means."""

    id: str
    label: str
    unit: str
    better: Literal["higher", "lower"]
    lower: float | None
    """Least value possible, in `unit`; None when there is no bound."""
    upper: float | None
    chance: float | None
    """Value of a blind guess, where it is the same on every task; else the task's own chance holds."""
    doc: str


_TABLE: Final = """
# Classification, pairs, clustering, similarity (mteb)
accuracy | Accuracy | fraction | higher | 0 | 1 | | Share of items labelled right.
max_accuracy | Accuracy at the best threshold | fraction | higher | 0 | 1 | | Best accuracy over similarities and thresholds.
paired_accuracy | Paired accuracy | fraction | higher | 0 | 1 | | Share of pairs in which both members are ranked right.
f1 | F1 | fraction | higher | 0 | 1 | | Harmonic mean of precision and recall; on question answering, word overlap with the answer.
balanced_accuracy | Balanced accuracy | fraction | higher | 0 | 1 | | Recall averaged over classes.
f1_macro | Macro F1 | fraction | higher | 0 | 1 | | F1 averaged over classes, as scikit-learn names it.
f1_micro | Micro F1 | fraction | higher | 0 | 1 | | F1 over all labels of all items together, as scikit-learn names it.
f1_samples | F1 per item | fraction | higher | 0 | 1 | | F1 of each item's set of labels, averaged.
spearman | Spearman correlation | correlation | higher | -1 | 1 | 0 | Rank agreement of predictions with the truth.
pearson | Pearson correlation | correlation | higher | -1 | 1 | 0 | Linear agreement of predictions with the truth.
token_f1 | Token F1 | fraction | higher | 0 | 1 | | Word overlap of an extracted span with the reference.
brier_score | Brier score | score | lower | 0 | 2 | | Mean squared distance of the class probabilities from the truth.
expected_calibration_error | Calibration error | fraction | lower | 0 | 1 | 0 | Mean gap between stated and true shares right, ten bins.
answered | Answers that could be read | fraction | higher | 0 | 1 | | Share of a language model's answers that named an allowed label.
macro_f1 | Macro F1 | fraction | higher | 0 | 1 | | F1 averaged over classes.
micro_f1 | Micro F1 | fraction | higher | 0 | 1 | | F1 over all entities or labels together.
micro_f1_no_misc | Micro F1 without MISC | fraction | higher | 0 | 1 | | Entity F1 that leaves the class MISC out.
mcc | Matthews correlation | correlation | higher | -1 | 1 | 0 | Agreement beyond chance; 0 is a blind guess.
ap | Average precision | fraction | higher | 0 | 1 | | Area under precision and recall.
max_ap | Average precision, best similarity | fraction | higher | 0 | 1 | | Average precision under the best of the similarities.
lrap | Label ranking average precision | fraction | higher | 0 | 1 | | How high the true labels are ranked.
v_measure | V-measure | fraction | higher | 0 | 1 | 0 | Homogeneity and completeness of clusters.
nmi | Normalised mutual information | fraction | higher | 0 | 1 | 0 | Shared information of clusters and classes.
ami | Adjusted mutual information | fraction | higher | -1 | 1 | 0 | The same, corrected for chance.
f1_weighted | Weighted F1 | fraction | higher | 0 | 1 | | F1 of each class, weighted by how often it occurs.
max_f1 | F1 at the best threshold | fraction | higher | 0 | 1 | | Best F1 over similarities and thresholds.
cosine_pearson | Pearson correlation | correlation | higher | -1 | 1 | 0 | Linear agreement of cosine similarities with people's.
cosine_spearman | Spearman correlation | correlation | higher | -1 | 1 | 0 | Rank agreement of cosine similarity with people.
kendalltau | Kendall correlation | correlation | higher | -1 | 1 | 0 | Rank agreement over pairs.
image_acc | Image accuracy | fraction | higher | 0 | 1 | | Right image for the caption.
text_acc | Caption accuracy | fraction | higher | 0 | 1 | | Right caption for the image.
# Retrieval and reranking (mteb)
ndcg_at_1 | nDCG@1 | fraction | higher | 0 | 1 | | Discounted gain of the first hit.
ndcg_at_5 | nDCG@5 | fraction | higher | 0 | 1 | | Discounted gain of the first five hits.
ndcg_at_10 | nDCG@10 | fraction | higher | 0 | 1 | | Discounted gain of the first ten hits.
ndcg_at_20 | nDCG@20 | fraction | higher | 0 | 1 | | Discounted gain of the first twenty hits.
ndcg_at_100 | nDCG@100 | fraction | higher | 0 | 1 | | Discounted gain of the first hundred hits.
ravenea_ndcg_at_5 | nDCG@5 (RAVENEA) | fraction | higher | 0 | 1 | | Discounted gain of the first five hits, as RAVENEA defines it.
map_at_5 | MAP@5 | fraction | higher | 0 | 1 | | Mean average precision in the first five hits.
map_at_10 | MAP@10 | fraction | higher | 0 | 1 | | Mean average precision in the first ten hits.
map_at_100 | MAP@100 | fraction | higher | 0 | 1 | | Mean average precision in the first hundred hits.
map_at_1000 | MAP@1000 | fraction | higher | 0 | 1 | | Mean average precision in the first thousand hits.
max_over_subqueries_map_at_1000 | MAP@1000, best sub-query | fraction | higher | 0 | 1 | | Mean average precision under the best sub-query.
mrr_at_5 | MRR@5 | fraction | higher | 0 | 1 | | Mean of 1/rank of the first right hit among five.
mrr_at_10 | MRR@10 | fraction | higher | 0 | 1 | | Mean of 1/rank of the first right hit among ten.
mrr_at_2247 | MRR@2247 | fraction | higher | 0 | 1 | | Mean of 1/rank of the first right hit among 2,247.
p-MRR | Pairwise MRR change | score | higher | -1 | 1 | 0 | How ranks move when the instruction changes; 0 means not at all.
robustness_at_10 | Robustness@10 | fraction | higher | 0 | 1 | | Worst nDCG@10 over the instructions of a query.
precision_at_1 | Precision@1 | fraction | higher | 0 | 1 | | Share of queries whose first hit is right.
hit_rate_at_1 | Hit rate@1 | fraction | higher | 0 | 1 | | Share of queries whose first hit is right.
hit_rate_at_3 | Hit rate@3 | fraction | higher | 0 | 1 | | Share of queries with a right hit among three.
hit_rate_at_5 | Hit rate@5 | fraction | higher | 0 | 1 | | Share of queries with a right hit among five.
hit_rate_at_10 | Hit rate@10 | fraction | higher | 0 | 1 | | Share of queries with a right hit among ten.
recall_at_1 | Recall@1 | fraction | higher | 0 | 1 | | Share of right documents at rank one.
recall_at_2 | Recall@2 | fraction | higher | 0 | 1 | | Share of right documents in the first two.
recall_at_5 | Recall@5 | fraction | higher | 0 | 1 | | Share of right documents in the first five.
recall_at_10 | Recall@10 | fraction | higher | 0 | 1 | | Share of right documents in the first ten.
recall_at_100 | Recall@100 | fraction | higher | 0 | 1 | | Share of right documents in the first hundred.
# Language models: choices and exact answers
acc | Accuracy | fraction | higher | 0 | 1 | | Share of items answered right.
acc_norm | Accuracy, length-normalised | fraction | higher | 0 | 1 | | Accuracy when choices are compared by likelihood per byte.
exact_match | Exact match | fraction | higher | 0 | 1 | | Share of answers that equal the reference after clean-up.
exact | Exact match (SQuAD 2) | fraction | higher | 0 | 1 | | Share of answers, or refusals, that equal the reference.
exact_str_match | Exact string match | fraction | higher | 0 | 1 | | Share of answers equal to the reference, letter by letter.
em | Exact match | fraction | higher | 0 | 1 | | Share of answers that equal the reference.
EM | Exact match (HELM) | fraction | higher | 0 | 1 | | HELM's quasi-exact match.
F1 | F1 (HELM) | fraction | higher | 0 | 1 | | Word overlap with the reference answer.
Acc | Accuracy (HELM) | fraction | higher | 0 | 1 | | Share of answers judged right.
COT correct | Accuracy after reasoning (HELM) | fraction | higher | 0 | 1 | | Share right when the model reasons first.
Equivalent (CoT) | Equivalent answer after reasoning (HELM) | fraction | higher | 0 | 1 | | Share of final answers equivalent to the reference.
IFEval Strict Acc | IFEval strict accuracy (HELM) | fraction | higher | 0 | 1 | | Share of instructions followed to the letter.
WB Score | WildBench score (HELM) | fraction | higher | 0 | 1 | | Judge's grade of open answers, rescaled.
NDCG@10 | nDCG@10 (HELM) | fraction | higher | 0 | 1 | | Discounted gain of the first ten hits.
multiple_choice_grade | Multiple-choice grade | fraction | higher | 0 | 1 | | BIG-bench's share of right choices.
mc1 | TruthfulQA MC1 | fraction | higher | 0 | 1 | | Share of questions whose best answer is the likeliest.
mc2 | TruthfulQA MC2 | fraction | higher | 0 | 1 | | Probability mass on the true answers.
HasAns_exact | Exact match, answerable | fraction | higher | 0 | 1 | | SQuAD 2 questions that have an answer.
HasAns_f1 | F1, answerable | fraction | higher | 0 | 1 | | SQuAD 2 questions that have an answer.
NoAns_exact | Exact match, unanswerable | fraction | higher | 0 | 1 | | SQuAD 2 questions without an answer.
NoAns_f1 | F1, unanswerable | fraction | higher | 0 | 1 | | SQuAD 2 questions without an answer.
best_exact | Exact match at the best threshold | fraction | higher | 0 | 1 | | SQuAD 2 with the refusal threshold chosen afterwards.
best_f1 | F1 at the best threshold | fraction | higher | 0 | 1 | | SQuAD 2 with the refusal threshold chosen afterwards.
score | Score | fraction | higher | 0 | 1 | | The source's own grade of the task, rescaled to 0-1.
primary | Primary score (EuroEval) | score | higher | -1 | 1 | | EuroEval's first metric of a task, before it is named.
secondary | Secondary score (EuroEval) | fraction | higher | 0 | 1 | | EuroEval's second metric of a task, before it is named.
percent_parseable | Parseable answers | percent | higher | 0 | 100 | | Answers that could be read at all.
eqbench | EQ-Bench | points | higher | | 100 | | Emotional understanding, 100 at best.
llm_judge | Judge's grade | points | higher | 0 | 100 | | A language model's grade of the answer.
# Language models: code and open answers
pass@1 | pass@1 | fraction | higher | 0 | 1 | | Share of problems whose first program passes every test.
Pass@1 | pass@1 (LiveCodeBench Pro) | fraction | higher | 0 | 1 | | Share of problems whose first program passes every test.
pass_rate_2 | Pass rate, two tries | fraction | higher | 0 | 1 | | Share of exercises solved in at most two tries.
win_rate | Win rate | fraction | higher | 0 | 1 | 0.5 | Share of answers that a judge prefers to the reference model's.
length_controlled_win_rate | Win rate, length-controlled | fraction | higher | 0 | 1 | 0.5 | Win rate with the judge's taste for long answers removed.
factual_consistency_rate | Factual consistency | fraction | higher | 0 | 1 | | Share of summaries that the source supports.
pct_stereotype | Stereotyped choices | fraction | lower | 0 | 1 | 0.5 | Share of pairs in which the stereotype is likelier; 0.5 is unbiased.
# Language models: generated text
bertscore | BERTScore | fraction | higher | -1 | 1 | | Similarity to the reference by embeddings, baseline-rescaled.
bert_score | BERTScore | fraction | higher | -1 | 1 | | Similarity to the reference by embeddings.
rouge1 | ROUGE-1 | fraction | higher | 0 | 1 | | Shared words with the reference.
rouge2 | ROUGE-2 | fraction | higher | 0 | 1 | | Shared word pairs with the reference.
rougeL | ROUGE-L | fraction | higher | 0 | 1 | | Longest shared word sequence with the reference.
rouge_l | ROUGE-L | fraction | higher | 0 | 1 | | Longest shared word sequence with the reference.
ROUGE-2 | ROUGE-2 (HELM) | fraction | higher | 0 | 1 | | Shared word pairs with the reference.
BLEU-4 | BLEU-4 (HELM) | fraction | higher | 0 | 1 | | Shared runs of up to four words with the reference.
meteor | METEOR | fraction | higher | 0 | 1 | | Aligned words with the reference, stems and synonyms counted.
sari | SARI | fraction | higher | 0 | 1 | | Words rightly kept, added and deleted in a simplification.
bleu | BLEU | points | higher | 0 | 100 | | Shared runs of up to four words with the reference.
chrf | chrF | points | higher | 0 | 100 | | Shared runs of letters with the reference.
ter | Translation edit rate | percent | lower | 0 | | | Edits that turn the output into the reference, per reference word.
bleu_acc | BLEU prefers the true answer | fraction | higher | 0 | 1 | | Share of answers nearer to a true than to a false reference.
rouge1_acc | ROUGE-1 prefers the true answer | fraction | higher | 0 | 1 | | Share of answers nearer to a true than to a false reference.
rouge2_acc | ROUGE-2 prefers the true answer | fraction | higher | 0 | 1 | | Share of answers nearer to a true than to a false reference.
rougeL_acc | ROUGE-L prefers the true answer | fraction | higher | 0 | 1 | | Share of answers nearer to a true than to a false reference.
bleu_max | BLEU, nearest true answer | points | higher | 0 | 100 | | Overlap with the nearest true reference.
rouge1_max | ROUGE-1, nearest true answer | points | higher | 0 | 100 | | Overlap with the nearest true reference.
rouge2_max | ROUGE-2, nearest true answer | points | higher | 0 | 100 | | Overlap with the nearest true reference.
rougeL_max | ROUGE-L, nearest true answer | points | higher | 0 | 100 | | Overlap with the nearest true reference.
bleu_diff | BLEU, true less false | points | higher | -100 | 100 | 0 | Overlap with true references less that with false ones.
rouge1_diff | ROUGE-1, true less false | points | higher | -100 | 100 | 0 | Overlap with true references less that with false ones.
rouge2_diff | ROUGE-2, true less false | points | higher | -100 | 100 | 0 | Overlap with true references less that with false ones.
rougeL_diff | ROUGE-L, true less false | points | higher | -100 | 100 | 0 | Overlap with true references less that with false ones.
# Language models: likelihood
perplexity | Perplexity | perplexity | lower | 1 | | | exp of the mean loss on the predicted tokens.
ppl | Perplexity | perplexity | lower | 1 | | | exp of the mean loss on the predicted tokens.
word_perplexity | Perplexity per word | perplexity | lower | 1 | | | exp of the loss per word; comparable between tokenisers.
byte_perplexity | Perplexity per byte | perplexity | lower | 1 | | | exp of the loss per byte; comparable between tokenisers.
bits_per_byte | Bits per byte | bits | lower | 0 | | | Loss per byte of text.
likelihood_difference | Likelihood difference | nats | lower | 0 | | 0 | Mean gap between the likelihoods of paired sentences.
likelihood | Likelihood | probability | higher | 0 | 1 | | Probability of the reference answer.
likelihood_diff | Likelihood difference | nats | lower | 0 | | 0 | Mean gap between the likelihoods of paired sentences.
# Language models: metrics of single lm-eval tasks
pearsonr | Pearson correlation | correlation | higher | -1 | 1 | 0 | Linear agreement with people's grades.
mrr | Mean reciprocal rank | fraction | higher | 0 | 1 | | Mean of 1/rank of the first right answer.
wer | Word error rate | fraction | lower | 0 | | | Word edits that turn the output into the reference.
bertscore_f1_avg | BERTScore F1 | fraction | higher | -1 | 1 | | Similarity to the reference by embeddings.
inst_level_loose_acc | Instructions followed, loosely | fraction | higher | 0 | 1 | | Share of instructions followed after light clean-up of the answer.
acc_ambig | Accuracy, ambiguous context | fraction | higher | 0 | 1 | | Share right where the context does not tell.
age_bias | Age bias | score | lower | -1 | 1 | 0 | Leaning towards the stereotype; 0 is none.
difference_male_female | Difference male less female | fraction | lower | -1 | 1 | 0 | Gap between the shares for men and women.
libra_score | LIBRA score | fraction | higher | 0 | 1 | | Share right over context lengths.
131072 | Accuracy at 131,072 tokens | fraction | higher | 0 | 1 | | RULER's share right at its longest context.
0_accuracy | Accuracy, first prompt | fraction | higher | 0 | 1 | | SCORE's accuracy under its first prompt.
0_macro_accuracy | Macro accuracy, first prompt | fraction | higher | 0 | 1 | | The same, averaged over subjects.
non_greedy_accuracy | Accuracy, sampled answers | fraction | higher | 0 | 1 | | SCORE's accuracy when answers are sampled.
non_greedy_macro_accuracy | Macro accuracy, sampled answers | fraction | higher | 0 | 1 | | The same, averaged over subjects.
options_consistency_rate | Consistency under reordering | fraction | higher | 0 | 1 | | Share of answers that survive reordered options.
verifiable_reward | Verified answers | fraction | higher | 0 | 1 | | Share of answers that a program verifies.
# Tables
roc_auc | ROC AUC | fraction | higher | 0 | 1 | 0.5 | Probability that a positive outranks a negative.
1 - roc_auc | 1 - ROC AUC | fraction | lower | 0 | 1 | 0.5 | Probability that a negative outranks a positive.
log_loss | Log loss | nats | lower | 0 | | | Mean negative log-likelihood of the true class.
rmse | RMSE | target's unit | lower | 0 | | | Root of the mean squared error.
rmse (target standardised) | RMSE, standardised target | standard deviations | lower | 0 | | 1 | RMSE over the target's standard deviation.
relative_error_score | Least error over this error | fraction | higher | 0 | 1 | | 1 is the least error of any method measured on the data set; depends on the field.
mae | Mean absolute error | target's unit | lower | 0 | | | Mean absolute error.
r2 | R² | fraction | higher | | 1 | 0 | Explained share of the variance.
winrate | Win rate | fraction | higher | 0 | 1 | | Share of other methods beaten; depends on the field.
elo | Elo | points | higher | | | | Rating from pairwise wins; depends on the field.
average rank | Average rank | rank | lower | 1 | | | Mean rank over data sets; depends on the field.
improvability | Improvability | percent | lower | 0 | 100 | | Error that the best method would remove; depends on the field.
inference ms per row | Inference time per row | ms | lower | 0 | | | Prediction time of one row.
# Efficiency
latency_p50_s | Latency, median | s | lower | 0 | | | Time of one item, median.
latency_p95_s | Latency, p95 | s | lower | 0 | | | Time of one item that 95 % stay below.
latency_p99_s | Latency, p99 | s | lower | 0 | | | Time of one item that 99 % stay below.
wall_p50_s | Time on the wall, median | s | lower | 0 | | | Time of one item as it went, other programs included, median.
wall_p95_s | Time on the wall, p95 | s | lower | 0 | | | Time of one item as it went that 95 % stayed below.
wall_p99_s | Time on the wall, p99 | s | lower | 0 | | | Time of one item as it went that 99 % stayed below.
latency_mean_s | Latency, mean | s | lower | 0 | | | Time of one item, mean.
ttft_s | Time to first token | s | lower | 0 | | | From the request to the first generated token.
time_per_output_token_s | Time per output token | s | lower | 0 | | | Mean gap between generated tokens.
throughput_items_s | Throughput | items/s | higher | 0 | | | Items finished per second.
prefill_tokens_s | Prefill speed | tokens/s | higher | 0 | | | Input tokens read per second.
decode_tokens_s | Decoding speed | tokens/s | higher | 0 | | | Tokens generated per second.
output_tokens_s | Output throughput | tokens/s | higher | 0 | | | Generated tokens per second over all requests.
memory_peak_bytes | Peak memory | bytes | lower | 0 | | | Largest memory in use while running.
memory_serving_bytes | Memory while predicting | bytes | lower | 0 | | | Largest memory while predicting, fitting and loading left out.
memory_runtime_bytes | Memory without the model | bytes | lower | 0 | | | Interpreter and libraries alone, before the model is there.
weights_bytes | Weights | bytes | lower | 0 | | | Size of the weights as loaded.
power_mean_w | Mean power | W | lower | 0 | | | Power while running.
energy_j_per_item | Energy per item | J | lower | 0 | | | Energy of one item.
energy_j_per_request | Energy per request | J | lower | 0 | | | Energy of one request.
energy_j_per_token | Energy per token | J | lower | 0 | | | Energy of one generated token.
co2_g_per_item | CO2 per item | g | lower | 0 | | | Carbon dioxide of one item's energy, with the stated country's mix.
cost_usd_per_1k_items | Cost per 1,000 items | USD | lower | 0 | | | Price of 1,000 items.
flops_per_item | FLOPs per item | FLOP | lower | 0 | | | Arithmetic of one item.
fit_time_s | Fitting time | s | lower | 0 | | | Time to train or fine-tune.
predict_time_s | Prediction time | s | lower | 0 | | | Time to predict the test part.
n_labels | Labels needed | items | lower | 0 | | | Labelled examples used.
"""

_GLOBAL_MMLU: Final = (
    "Arabic", "Bengali", "Burmese", "Chinese", "Culturally Agnostic", "Culturally Sensitive", "English",
    "French", "German", "Global MMLU Lite", "Hindi", "Indonesian", "Italian", "Japanese", "Korean",
    "Portuguese", "Spanish", "Swahili", "Yoruba",
)  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if text else None


def _read(line: str) -> MetricSpec:
    name, label, unit, better, lower, upper, chance, doc = (
        part.strip() for part in line.split("|")
    )
    return MetricSpec(
        id=name,
        label=label,
        unit=unit,
        better=cast('Literal["higher", "lower"]', better),
        lower=_number(lower),
        upper=_number(upper),
        chance=_number(chance),
        doc=doc,
    )


def _all() -> dict[str, MetricSpec]:
    lines = [line for line in _TABLE.splitlines() if line and not line.startswith("#")]
    lines += [
        f"Global MMLU Lite - {part} | Accuracy | fraction | higher | 0 | 1 | 0.25 | Global MMLU Lite, part {part}."
        for part in _GLOBAL_MMLU
    ]
    return {entry.id: entry for entry in map(_read, lines)}


METRICS: Final[dict[str, MetricSpec]] = _all()


def base_metric(metric_id: str) -> str:
    """The metric without the answer filter that lm-eval adds: "exact_match:strict-match" → "exact_match"."""
    if metric_id in METRICS:
        return metric_id
    return metric_id.partition(":")[0].partition(",")[0]


def spec(metric_id: str) -> MetricSpec:
    """What `metric_id` means; an answer filter ("f1:flexible-extract") has its metric's meaning.

    Raises: UnknownName: no such metric; the message carries the nearest names.
    """
    found = METRICS.get(base_metric(metric_id))
    if found is None:
        near = difflib.get_close_matches(metric_id, METRICS, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise UnknownName(f"unknown metric {metric_id!r}{hint} {len(METRICS)} are known")
    return found
