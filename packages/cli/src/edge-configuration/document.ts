import type { z } from 'zod';
import type { TextFile } from '../files.js';
import { parseYamlDocument, type YamlDocument } from '../yaml-document.js';
import { edgeConfigurationSchema } from './schema.js';

/** An edge's configuration as it was written, every value of the right form. */
export type EdgeDocument = YamlDocument<z.output<typeof edgeConfigurationSchema>>;

/**
 * Parses the text of an edge's configuration file.
 *
 * @throws {ConfigurationError} naming every problem with file, line, column and key
 */
export function parseEdgeDocument(file: TextFile): EdgeDocument {
  return parseYamlDocument(file, edgeConfigurationSchema);
}
