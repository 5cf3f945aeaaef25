/**
 * Stands for AWS's clients where ElectroDB takes them in the bundle: it makes parameters here and sends nothing. What it
 * requires would come whole, and with it what others import of the same packages.
 */
export default {};
