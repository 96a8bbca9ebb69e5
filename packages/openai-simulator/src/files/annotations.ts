import type { StoredRun } from '../assistants/run-state.ts';
import type { MessageContent } from '../assistants/wire.ts';
import type { Annotation } from './wire.ts';

/** The content of a reply: images that the run has made, then the text with the annotations its scenario wants. */
export function toReplyContent(text: string, stored: StoredRun): MessageContent[] {
  const images = (stored.produced ?? []).filter(({ isImage }) => isImage);
  return [
    ...images.map(({ fileId }): MessageContent => ({
      type: 'image_file',
      image_file: { file_id: fileId, detail: 'auto' },
    })),
    { type: 'text', text: { value: text, annotations: annotate(text, stored) } },
  ];
}

/** The n-th annotation of one mark is about its n-th place in the text; without such a place it lies behind the end. */
function annotate(text: string, stored: StoredRun): Annotation[] {
  const seen = new Map<string, number>();
  return (stored.script.rule.annotations ?? []).map((wanted): Annotation => {
    const { mark, at } = wanted;
    const from = seen.get(mark) ?? 0;
    const found = text.indexOf(mark, from);
    if (found !== -1) seen.set(mark, found + mark.length);
    const start = characters(found === -1 ? text : text.slice(0, found));
    const [start_index, end_index] = at ?? [start, start + characters(mark)];
    const common = { text: mark, start_index, end_index };
    return 'path' in wanted
      ? { type: 'file_path', ...common, file_path: { file_id: idOf(wanted.path, stored) } }
      : {
          type: 'file_citation',
          ...common,
          file_citation: {
            file_id: idOf(wanted.cites, stored),
            ...(wanted.quote !== undefined && { quote: wanted.quote }),
          },
        };
  });
}

/** A file of this name that the run has made or can reach; else the name is taken for an id. */
function idOf(name: string, { produced = [], library = [] }: StoredRun): string {
  const known = [...produced, ...library];
  const file = known.find(({ fileName }) => fileName === name || fileName === `/mnt/data/${name}`);
  return file?.fileId ?? name;
}

const characters = (text: string) => Array.from(text).length;
