export * from 'latchkey/pki';
