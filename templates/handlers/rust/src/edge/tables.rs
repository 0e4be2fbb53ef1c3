//! DynamoDB, with every name and value as a parameter of its expression.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde_json::{Map, Value};

use super::aws::said;
use super::errors::Fault;

const OWNER: &str = "owner_sub";
const PAGE: i32 = 100;

pub type Item = Map<String, Value>;

/// A table that only the service itself reads and writes.
pub struct Table {
    client: Client,
    name: String,
    partition: &'static str,
}

fn attributes(value: &impl Serialize) -> Result<HashMap<String, AttributeValue>, Fault> {
    serde_dynamo::to_item(value).map_err(|_| Fault::Failed("this is no item"))
}

fn item(attributes: HashMap<String, AttributeValue>) -> Result<Item, Fault> {
    serde_dynamo::from_item(attributes).map_err(|_| Fault::Failed("this is no item of ours"))
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Where the condition on the owner does not hold, there is no such thing.
fn refused<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Fault {
    match error.code() {
        Some("ConditionalCheckFailedException") => Fault::NotFound,
        code => said(operation, code),
    }
}

impl Table {
    pub fn new(config: &SdkConfig, name: String, partition: &'static str) -> Self {
        Self {
            client: Client::new(config),
            name,
            partition,
        }
    }

    pub async fn get(&self, key: &impl Serialize) -> Result<Item, Fault> {
        let found = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(attributes(key)?))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| said("GetItem", error.code()))?;
        item(found.item.ok_or(Fault::NotFound)?)
    }

    /// Writes an item; once more changes nothing.
    pub async fn put(&self, item: &impl Serialize) -> Result<(), Fault> {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(attributes(item)?))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| said("PutItem", error.code()))
    }

    /// One page of the items under a partition key.
    pub async fn query(
        &self,
        partition: &str,
        value: &str,
        index: Option<&str>,
    ) -> Result<Vec<Item>, Fault> {
        let found = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#partition = :value")
            .expression_attribute_names("#partition", partition)
            .expression_attribute_values(":value", text(value))
            .limit(PAGE)
            .send()
            .await
            .map_err(|error| said("Query", error.code()))?;
        found
            .items
            .unwrap_or_default()
            .into_iter()
            .map(item)
            .collect()
    }
}

/// A table whose items belong to a caller: only the owner reads, changes or removes one.
pub struct OwnedTable(Table);

impl OwnedTable {
    pub fn new(config: &SdkConfig, name: String, partition: &'static str) -> Self {
        Self(Table::new(config, name, partition))
    }

    pub async fn get_owned(&self, key: &impl Serialize, caller: &str) -> Result<Item, Fault> {
        owned(self.0.get(key).await?, caller).ok_or(Fault::NotFound)
    }

    /// Writes an item that is new or the caller's own.
    pub async fn put_owned(&self, item: &impl Serialize, caller: &str) -> Result<(), Fault> {
        let mut attributes = attributes(item)?;
        attributes.insert(OWNER.to_owned(), text(caller));
        self.0
            .client
            .put_item()
            .table_name(&self.0.name)
            .set_item(Some(attributes))
            .condition_expression("attribute_not_exists(#key) OR #owner = :caller")
            .expression_attribute_names("#key", self.0.partition)
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_values(":caller", text(caller))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| refused("PutItem", &error))
    }

    pub async fn delete_owned(&self, key: &impl Serialize, caller: &str) -> Result<(), Fault> {
        self.0
            .client
            .delete_item()
            .table_name(&self.0.name)
            .set_key(Some(attributes(key)?))
            .condition_expression("#owner = :caller")
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_values(":caller", text(caller))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| refused("DeleteItem", &error))
    }

    pub async fn query_owned(
        &self,
        partition: &str,
        value: &str,
        caller: &str,
        index: Option<&str>,
    ) -> Result<Vec<Item>, Fault> {
        let items = self.0.query(partition, value, index).await?;
        Ok(items
            .into_iter()
            .filter_map(|item| owned(item, caller))
            .collect())
    }
}

/// An item of the caller, without the word whose it is.
fn owned(mut item: Item, caller: &str) -> Option<Item> {
    let owner = item.remove(OWNER)?;
    (owner.as_str() == Some(caller)).then_some(item)
}
