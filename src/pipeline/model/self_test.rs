//! Whether a model may verify what it or another wrote: once a day it must tell planted statements apart.

use tracing::info;
use tracing::warn;

use crate::config::Verify;
use crate::curate::llm;
use crate::store::StoreError;

use super::super::context::Pipeline;
use super::Model;
use super::purse::Purse;
use super::refusal::AskError;

impl Model {
    /// The model that is to verify: none where rules are to decide alone.
    pub(super) fn configured_verifier(&self) -> Option<String> {
        let model = || self.config.verify_model.clone().unwrap_or_else(|| self.config.model.clone());
        (self.config.verify != Verify::Rules).then(model)
    }

    /// The model that verifies today: none where rules are to decide alone, or where it does not pass its
    /// self-test. The first story of a day pays for that.
    pub(super) async fn verifier(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
    ) -> Result<Result<Option<String>, AskError>, StoreError> {
        let Some(model) = self.configured_verifier() else { return Ok(Ok(None)) };
        let _alone = self.testing.lock().await;
        let day = self.day(pipeline);
        let (of_model, of_day) = (model.clone(), day.clone());
        let last = pipeline.store.read(move |it| it.last_self_test(&of_model, llm::PROMPT, &of_day)).await?;
        let passed = match last {
            Some(test) if test.day == day => test.has_passed,
            _ => match self.self_test(pipeline, purse, &model, day).await? {
                Ok(passed) => passed,
                Err(why) => return Ok(Err(why)),
            },
        };
        Ok(Ok(passed.then_some(model)))
    }

    async fn self_test(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        model: &str,
        day: String,
    ) -> Result<Result<bool, AskError>, StoreError> {
        let settings = llm::Settings { model: model.to_owned(), ..self.settings.clone() };
        let request = llm::self_test(&settings, &day);
        let (reply, _) = match self.ask(pipeline, purse, &request).await? {
            Ok(answered) => answered,
            Err(why) => return Ok(Err(why)),
        };
        let (told, has_passed) = llm::told_apart(&reply);
        match has_passed {
            true => info!("the model {model} told {told} of 12 planted pairs apart and verifies today"),
            false => warn!(
                "the model {model} told only {told} of 12 planted pairs apart: rules alone decide today"
            ),
        }
        let (model, now) = (model.to_owned(), pipeline.now());
        let keep = pipeline
            .store
            .write(move |it| it.record_self_test(&model, llm::PROMPT, &day, told, has_passed, now));
        keep.await?;
        Ok(Ok(has_passed))
    }
}
