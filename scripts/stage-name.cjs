/** The rule, as the role of the deployment has it (stack/deploy-role.yml). */
const STAGE_NAME = /^[a-z][a-z0-9]{0,14}$/;

exports.stageProblem = (stage) =>
  STAGE_NAME.test(stage)
    ? undefined
    : `a stage can't be called "${stage}"; its name is 1 to 15 small letters and digits, a letter first, such as prod: no ` +
      'hyphen, which would put it among what another stage may reach';
