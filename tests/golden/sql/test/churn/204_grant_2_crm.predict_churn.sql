-- Dropping a procedure drops what was granted on it: this one is granted again.
GRANT EXECUTE ON OBJECT::[crm].[predict_churn] TO [o'neil]]];
