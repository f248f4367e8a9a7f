export { measureBatches } from './batch-costs.js';
export { calibrate, type CalibrationSubject } from './calibrate.js';
export { type CalibrationServer, startCalibrationServer } from './calibration-server.js';
export { measurePauses } from './pauses.js';
