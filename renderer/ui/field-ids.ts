/** Fields that the keyboard brings the focus to. */
export const numberFieldId = 'number-field';
export const peopleFieldId = 'people-field';
