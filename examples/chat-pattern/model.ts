/** GPT-5 ends on 2026-12-11; which models end when: https://developers.openai.com/api/docs/deprecations */
export const MODEL = process.env.COUNTERSIGN_MODEL ?? 'gpt-6.1-sol';
