"""The example application: orders in DynamoDB and SQS."""
